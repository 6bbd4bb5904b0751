from bench.reports.bench import main

if __name__ == "__main__":
    main()
