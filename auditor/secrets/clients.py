"""Command-line clients that take a password, and how: the facts that command lines are read by."""

from __future__ import annotations

# The password is glued to the flag: mysql -pSECRET; -p alone asks for it.
GLUED = {
    **dict.fromkeys(
        """mysql mysqladmin mysqldump mysqlcheck mysqlimport mysqlshow mysqlslap mysqlpump mysqlsh
        mariadb mariadb-admin mariadb-dump mariadb-check mydumper myloader xtrabackup
        mariabackup 7z 7za rar unrar sshpass""".split(),
        "-p",
    ),
}
# The next word is the password.
SPACED = {
    **dict.fromkeys(
        "mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat".split(),
        ("-p", "--password"),
    ),
    **dict.fromkeys("ldapsearch ldapadd ldapmodify ldapdelete ldappasswd ldapwhoami".split(),
                    ("-w",)),
    **dict.fromkeys("docker podman buildah skopeo nerdctl helm crane oras regctl".split(),
                    ("-p", "--password")),
    "redis-cli": ("-a", "--pass"),
    "valkey-cli": ("-a", "--pass"),
    "keydb-cli": ("-a", "--pass"),
    "redis-benchmark": ("-a",),
    "sshpass": ("-p",),
    "sqlcmd": ("-P",),
    "bcp": ("-P",),
    "isql": ("-P",),
    "tsql": ("-P",),
    "osql": ("-P",),
    "cqlsh": ("-p", "--password"),
    "nodetool": ("-pw",),
    "az": ("-p", "--password"),
    "rabbitmqadmin": ("-p", "--password"),
    "mosquitto_pub": ("-P", "--pw"),
    "mosquitto_sub": ("-P", "--pw"),
    "zip": ("-P",),
    "unzip": ("-P",),
    "influx": ("-password", "--password", "-t", "--token"),
    "vault": ("-token",),
    "consul": ("-token",),
    "nomad": ("-token",),
    "kcat": (),
    "mysqladmin": ("password",),
    "mariadb-admin": ("password",),
    "ssh-keygen": ("-N", "-P"),
    "keytool": ("-storepass", "-keypass", "-deststorepass", "-srcstorepass", "-destkeypass"),
    "jarsigner": ("-storepass", "-keypass"),
    "openssl": ("-k", "-K", "-passin", "-passout", "-pass"),
    "gpg": ("--passphrase",),
    "wget": ("--password", "--http-password", "--ftp-password"),
    "svn": ("--password",),
    "snowsql": ("--password",),
    "impala-shell": ("--ldap_password",),
    "beeline": ("-p",),
    "sqlplus": (),
    "ipmitool": ("-P",),
    "expect": (),
    "useradd": ("-p", "--password"),
    "usermod": ("-p", "--password"),
    "kadmin": ("-w",),
    "psexec": ("-p",),
    "winexe": (),
    "argocd": ("--password", "--auth-token"),
    "oc": ("-p", "--password", "--token"),
    "kubectl": ("--token", "--password"),
    "flyway": (),
    "liquibase": ("--password",),
    "sonar-scanner": (),
    "twine": ("-p", "--password"),
    "cf": ("-p",),
    "ibmcloud": ("-p", "--apikey"),
    "neo4j-admin": (),
    "cypher-shell": ("-p", "--password"),
    "arangosh": ("--server.password",),
    "arangodump": ("--server.password",),
    "ejabberdctl": (),
    "pgbench": (),
    "ncftpput": ("-p",),
    "ncftpget": ("-p",),
    "restic": (),
    "mc": (),
    "smbclient": ("--password",),
    "memcached": (),
}  # fmt: skip
# These flags mean a password for these clients only after that subcommand: docker run -p is a port.
NEEDS_LOGIN = frozenset(
    "docker podman buildah skopeo nerdctl helm crane oras regctl az oc ibmcloud cf".split()
)
LOGINS = frozenset("login auth connect".split())
# The next word is user:password (or another mark between the two).
USERS = {
    "curl": (("-u", "--user", "-U", "--proxy-user"), ":"),
    "http": (("-a", "--auth"), ":"),
    "https": (("-a", "--auth"), ":"),
    "xh": (("-a", "--auth"), ":"),
    "etcdctl": (("--user",), ":"),
    "skopeo": (("--creds", "--src-creds", "--dest-creds"), ":"),
    "podman": (("--creds",), ":"),
    "buildah": (("--creds",), ":"),
    "ctr": (("-u", "--user"), ":"),
    "ab": (("-A",), ":"),
    "mc": (("--user",), ":"),
    "lftp": (("-u", "--user"), ","),
    "smbclient": (("-U", "--user"), "%"),
    "rpcclient": (("-U",), "%"),
    "winexe": (("-U",), "%"),
    "net": (("-U",), "%"),
    "kibana": (("-u",), ":"),
    "sops": (("--user",), ":"),
    "aria2c": (("--user",), ":"),
    "couchbase-cli": (("--user",), ":"),
}
# The n-th word after these is the password.
POSITIONS: dict[tuple[str, ...], int] = {
    ("rabbitmqctl", "add_user"): 2,
    ("rabbitmqctl", "change_password"): 2,
    ("rabbitmqctl", "authenticate_user"): 2,
    ("htpasswd", "-b"): 3,
    ("htpasswd", "-bc"): 3,
    ("htpasswd", "-cb"): 3,
    ("htpasswd", "-Bb"): 3,
    ("htpasswd", "-Bbn"): 2,
    ("htpasswd", "-nb"): 2,
    ("htpasswd", "-nbB"): 2,
    ("htpasswd", "-bnB"): 2,
    ("vault", "login"): 1,
    ("redis-cli", "auth"): 1,
    ("redis-cli", "AUTH"): 1,
    ("neo4j-admin", "set-initial-password"): 1,
    ("configure", "set", "aws_secret_access_key"): 1,
    ("configure", "set", "aws_session_token"): 1,
    ("configure", "set", "aws_access_key_id"): 1,
    ("net", "user"): 2,
    ("admin", "reset-admin-password"): 1,
    ("snyk", "auth"): 1,
    ("wandb", "login"): 1,
    ("host", "add"): 4,
    ("mosquitto_passwd", "-b"): 3,
    ("ngrok", "authtoken"): 1,
    ("config", "add-authtoken"): 1,
    ("alias", "set"): 4,
    ("config", "set", "requirepass"): 1,
    ("CONFIG", "SET", "requirepass"): 1,
}
# Password flags of servers, written with one dash, two or none.
BARE = frozenset("requirepass masterauth requirepass= rootpw bindpw".split())
PREFIXED = ("pass:",)
# Words that come before the program: the next word is the program.
WRAPPERS = frozenset(
    "sudo exec env sh bash ash dash zsh CMD CMD-SHELL nohup time command eval docker-entrypoint.sh "
    "tini dumb-init -- && gosu su-exec export timeout".split()
)
KNOWN = frozenset(GLUED) | frozenset(SPACED) | frozenset(USERS)
