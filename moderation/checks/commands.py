"""Where only secrets stand in what is run: commands, calls and the addresses they connect to.

Data only. Each pattern's first group is the secret, whatever it looks like.
"""

from typing import Final

from moderation.checks.rules import NAMED, Rule, placed

_ARGUMENT: Final = r"[\"'][^\"'\n]{0,80}[\"'],\s{0,3}"

COMMANDS: Final[tuple[Rule, ...]] = (
    # commands
    placed(
        "password",
        "curl wget",
        r"(?i)(?:curl|wget)[^\n]*?\s(?:-u|--user|"
        r"--proxy-user)[ =]?[\"']?[^\s:\"']{1,80}:([^\s\"'@]{3,80})",
    ),
    placed(
        "password",
        "--auth -a~",
        r"(?m)(?:^|\s)https?\s[^\n]*?\s(?:-a|--auth)[ =][\"']?[^\s:\"']{1,80}:([^\s\"']{3,80})",
    ),
    placed(
        "password",
        "mysql mariadb",
        r"(?:mysql|mysqldump|mysqladmin|mariadb)[^\n]*?\s-p[\"']?([^\s\"'-][^\s\"']{3,80})",
    ),
    placed(
        "password",
        "sshpass mongo",
        r"(?:sshpass|mongosh?)[^\n]*?\s-p ?[\"']?([^\s\"'-][^\s\"']{3,80})",
    ),
    placed("password", "redis", r"redis-cli[^\n]*?\s-a ?[\"']?([^\s\"'-][^\s\"']{3,80})"),
    placed(
        "password",
        "login",
        r"(?:docker|podman|helm registry|az|oc|buildah|skopeo|"
        r"crane auth) login[^\n]*?\s(?:-p|--password)[ =][\"']?([^\s\"'-][^\s\"']{3,80})",
    ),
    placed(
        "password",
        "--",
        r"(?i)(?:^|[\s\"'\[,])--?[a-z-]{0,20}(?:password|passwd|passphrase|pass|pw|storepass|keypass|token|secret|api-key|apikey|"
        r"secret-key|access-key)[ =][\"']?([^\s\"'<>\[\]$({-][^\s\"'<>]{4,80})",
    ),
    placed(
        "password",
        "pgpassword mysql_pwd",
        r"(?:PGPASSWORD|MYSQL_PWD|RESTIC_PASSWORD|SSHPASS|RSYNC_PASSWORD|BORG_PASSPHRASE)=[\"']?([^\s\"']{3,80})",
    ),
    placed(
        "password",
        "identified",
        r"(?i)identified (?:with \w+ )?(?:by|"
        r"as) (?:password )?[\"']([^\"'\n]{3,80})[\"']",
    ),
    placed(
        "password",
        "password~' password~\" password~=",
        r"(?i)(?:role|user|login)\s[^\n;]{1,80}?\s(?:encrypted )?password(?: =)? "
        r"[\"']([^\"'\n]{3,80})[\"']",
    ),
    placed(
        "password",
        "requirepass masterauth",
        r"(?m)^\s*(?:requirepass|masterauth)\s+[\"']?([^\s\"']{4,80})",
    ),
    placed(
        "password",
        "chpasswd --stdin sudo~-s docker~login",
        r"echo\s+[\"']?(?:\w+:)?([^\s\"'|]{4,80})[\"']?\s*\|\s*(?:sudo (?:-S|chpasswd)|"
        r"chpasswd|passwd --stdin|docker login)",
    ),
    placed("password", "-passin -passout pass:", r"pass:([^\s\"':]{4,80})"),
    placed(
        "password",
        "htpasswd",
        r"htpasswd\s+-[a-zA-Z]*b[a-zA-Z]*\s+\S+\s+\S+\s+[\"']?([^\s\"']{3,80})",
    ),
    placed(
        "password", "net~use", r"(?i)net use\s[^\n]*?/user:\S+\s+[\"']?([^\s\"'/][^\s\"']{3,80})"
    ),
    placed(
        "password",
        "convertto-securestring",
        r"(?i)ConvertTo-SecureString\s+(?:-String\s+)?[\"']([^\"'\n]{3,80})[\"']",
    ),
    placed(
        "password",
        "auth= auth~=",
        r"(?i)auth\s{0,2}=\s{0,2}[(]?(?:HTTPBasicAuth[(])?[\"'][^\"'\n]{1,60}[\"'],\s{0,2}[\"']([^\"'\n]{3,80})[\"']",
    ),
    placed(
        "password",
        ".login( .connect( .authenticate( .setcredentials( .withcredentials(",
        r"(?i)\.(?:login|connect|authenticate|setCredentials|withCredentials)[(][\"'][^\"'\n]{1,80}[\"'],\s{0,2}[\"']([^\"'\n]{4,80})[\"']",
    ),
    placed(
        "password",
        ".put( .set .add .append( .header(",
        rf"(?i)[.](?:put|set\w{{0,20}}|add\w{{0,10}}|append|header)[(]\s?[\"']{NAMED}[\"'],\s{{0,3}}"
        r"[\"']([^\"'\s]{5,200})[\"']",
    ),
    placed(
        "key",
        "getenv environ env.get env.fetch",
        r"(?i)(?:getenv|environ[.]get|env[.](?:get|fetch))[(]\s?[\"']\w{1,60}[\"'],\s{0,3}"
        r"[\"']([0-9A-Za-z_+/.=~!-]{16,200})[\"']",
        needs="0a",
        entropy=3.0,
    ),
    placed(
        "password",
        "env~ setx~ set~-x set~-gx setenv~",
        rf"(?im)^\s*(?:env|setx|set -g?x|setenv)\s+{NAMED}\s+"
        r"[\"']?([^\s\"'$<{=]{6,200})[\"']?$",
        entropy=2.5,
    ),
    placed(
        "password",
        "variable~",
        r"(?i)variable\s+\"[\w-]{0,60}(?:password|pwd|secret|token|_key)\"\s*[{][^{}]{0,300}?"
        r"default\s*=\s*\"([^\s\"$]{8,200})\"",
        entropy=2.0,
    ),
    placed(
        "password",
        "mysqli mysql_connect mysqldb pymysql new~pdo getconnection credentials(",
        r"(?i)(?:mysqli(?:_connect)?|mysql_connect|(?:mysqldb|pymysql)[.]connect|new pdo|"
        r"getconnection|"
        rf"credentials[(]\s?{_ARGUMENT})[(]?\s?{_ARGUMENT}{_ARGUMENT}[\"']([^\"'\n]{{3,80}})[\"']",
    ),
    placed(
        "password",
        "networkcredential",
        r"NetworkCredential[(]\s?\"[^\"\n]{0,80}\",\s{0,3}\"([^\"\n]{3,80})\"",
    ),
    placed(
        "password",
        ":pass :secret :token",
        r"(?i)[\s{]:(?:password|passwd|passphrase|secret|token)\s{1,3}\"([^\"\s]{4,80})\"",
    ),
    # connection strings
    placed("url", "jdbc:oracle", r"(?i)jdbc:oracle:\w{2,8}:[^\s/@\"']{1,60}/([^\s/@\"']{3,60})@"),
    placed(
        "url", "://", r"(?i)[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,100}:([^\s/@\"'<>]{3,200})@"
    ),
    placed("password", "@tcp( @unix(", r"[\w.-]{1,40}:([^\s:@\"'/]{3,80})@(?:tcp|unix)[(]"),
    placed("password", "pwd= password=", r"(?i)[;?&](?:password|pwd)=([^\s;&\"'<>]{3,80})"),
)
