"""Settings files, chat and code with a hole where the secret goes, and the same with none.

Each template has one `@`: a value drawn anew goes there, or what people write instead of one.
"""

from base64 import b64encode
from random import Random
from string import ascii_letters
from typing import Final

from tests.moderation.planted import ALNUM, HEX, Make, pem, shape, some

PASS: Final = shape((ALNUM, 9), "!", (ALNUM, 2))
SIMPLE: Final = shape((ALNUM, 12))
KEY: Final = shape((ALNUM, 32))
HEX32: Final = shape((HEX, 32))
HEX64: Final = shape((HEX, 64))


def base64(make: Make) -> Make:
    return lambda random: b64encode(make(random).encode()).decode()


def pair(random: Random) -> str:
    return b64encode(f"deploy:{PASS(random)}".encode()).decode()


def docker_config(random: Random) -> str:
    return f'{{"auths":{{"a":{{"auth":"{pair(random)}"}}}}}}'


def wordy(random: Random) -> str:
    return some(random, ascii_letters, 9).lower()


FILES: Final[dict[str, tuple[str, Make]]] = {
    "kubernetes": (
        (
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n"
            "  username: YWRtaW4=\n  password: @\n"
        ),
        base64(SIMPLE),
    ),
    "kubernetes, data first": (
        'apiVersion: v1\ndata:\n  credentials: "@"\nkind: Secret\nmetadata:\n  name: db\n',
        base64(PASS),
    ),
    "kubernetes, list": (
        "items:\n- kind: Secret\n  data:\n    cookie: @\n  metadata:\n    name: a\n",
        base64(SIMPLE),
    ),
    "kubernetes, plain": (
        "kind: Secret\napiVersion: v1\nstringData:\n  config.yaml: @\n",
        SIMPLE,
    ),
    "kubernetes, json": (
        '{\n  "apiVersion": "v1",\n  "kind": "Secret",\n  "data": {\n    "session": "@"\n  }\n}\n',
        base64(SIMPLE),
    ),
    "container environment": (
        "    env:\n    - name: DB_PASSWORD\n      value: @\n    - name: PORT\n      value: '80'\n",
        PASS,
    ),
    "container environment, json": ('[{"name": "API_TOKEN", "value": "@"}]', KEY),
    "maven": (
        (
            "<servers><server><id>nexus</id><username>deploy</username>"
            "<password>@</password></server></servers>"
        ),
        wordy,
    ),
    "maven, encrypted": (
        "<server>\n  <id>a</id>\n  <password>{@=}</password>\n</server>",
        shape((ALNUM + "+/", 43)),
    ),
    "maven, passphrase": ("<passphrase>\n  @\n</passphrase>", wordy),
    "htpasswd": ("admin:$apr1$@", shape((ALNUM, 8), "$", (ALNUM + "./", 22))),
    "htpasswd, bcrypt": ("ana:$2y$05$@", shape((ALNUM + "./", 53))),
    "htpasswd, sha": ("ana:{SHA}@=", shape((ALNUM + "+/", 27))),
    "htpasswd, crypt": ("ana:@", shape((ALNUM + "./", 13))),
    "shadow": ("root:$6$@:18000:0:99999:7:::", shape((ALNUM, 8), "$", (ALNUM + "./", 86))),
    ".env": ("APP_ENV=production\nDB_PASSWORD=@\nDB_PORT=3306\n", wordy),
    ".env, quoted": ('export SECRET_KEY_BASE="@"\n', HEX64),
    ".env, mail": ("MAIL_USERNAME=ana\nMAIL_PASSWORD=@\n", SIMPLE),
    ".env, aws": ("AWS_SECRET_ACCESS_KEY=@\n", shape((ALNUM + "/+", 40))),
    ".npmrc": ("//registry.npmjs.org/:_authToken=@\n", shape((HEX, 8), "-", (HEX, 27))),
    ".npmrc, auth": ("_auth = @\nemail = ana@shop.test\n", pair),
    ".npmrc, password": ("//npm.shop.test/:_password=@\n", base64(PASS)),
    ".pypirc": ("[pypi]\nusername = ana\npassword = @\n", PASS),
    ".pypirc, plain": ("[testpypi]\nusername: ana\npassword: @\n", wordy),
    ".netrc": ("machine api.shop.test\n  login ana\n  password @\n", SIMPLE),
    ".netrc, one line": ("machine ftp.shop.test login ana password @", wordy),
    "docker": ('{"auths": {"https://index.docker.io/v1/": {"auth": "@"}}}', pair),
    "aws": (
        "[default]\naws_access_key_id = A\naws_secret_access_key = @\n",
        shape((ALNUM + "/+", 40)),
    ),
    "terraform": ('db_password = "@"\nregion = "eu-west-1"\n', SIMPLE),
    "terraform, variable": ('variable "token" {\n  secret_key = "@"\n}\n', KEY),
    "django": ("DEBUG = True\nSECRET_KEY = '@'\n", shape((ALNUM + "$%^&*(-_=+)@", 50))),
    "django, database": ("'USER': 'shop',\n'PASSWORD': '@',\n'HOST': 'db',\n", wordy),
    "wordpress": ("define( 'DB_PASSWORD', '@' );", wordy),
    "wordpress, salt": ("define('AUTH_KEY',         '@');", shape((ALNUM + "!@#%^&*() -_[]", 64))),
    "php": ("$dbpasswd = '@';", wordy),
    "php, array": ("'connections' => ['password' => '@', 'port' => 3306]", SIMPLE),
    "kubeconfig": ("    client-key-data: @\n", base64(pem)),
    "kubeconfig, password": ("users:\n- user:\n    password: @\n    username: admin\n", SIMPLE),
    "service account": (
        '"private_key_id": "x",\n"private_key": "@",',
        lambda r: pem(r).replace("\n", "\\n"),
    ),
    "git credentials": ("https://ana:@@git.shop.test\n", SIMPLE),
    ".pgpass": ("db.shop.test:5432:shop:ana:@\n", wordy),
    ".pgpass, any": ("*:*:*:postgres:@\n", SIMPLE),
    "my.cnf": ("[client]\nuser=root\npassword=@\n", wordy),
    "my.cnf, quoted": ('[client]\nuser = root\npassword = "@"\n', SIMPLE),
    "jenkins": ("<password>{AQAAABAAAAAQ@=}</password>", shape((ALNUM + "+/", 43))),
    "jenkins, secret": ("<secret>@</secret>", SIMPLE),
    "ansible vault": (
        "$ANSIBLE_VAULT;1.1;AES256\n@\n",
        lambda r: "\n".join(some(r, HEX, 80) for _ in range(4)),
    ),
    "ansible": ("ansible_become_pass: @\n", wordy),
    "redis": ("requirepass @\n", wordy),
    "filezilla": ('<Pass encoding="base64">@</Pass>', base64(SIMPLE)),
    "putty": (
        "PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 2\n@\nPrivate-MAC: x\n",
        shape((ALNUM + "+/", 64)),
    ),
    "rails": ("production:\n  secret_key_base: @\n", shape((HEX, 128))),
    "spring": ("spring.datasource.password=@\n", wordy),
    "spring, yaml": ("spring:\n  datasource:\n    password: @\n", wordy),
    "appsettings": ('{"ConnectionStrings": {"A": "Server=db;User Id=sa;Password=@;"}}', PASS),
    "web.config": ('<add key="SmtpPassword" value="@" />', SIMPLE),
    "sftp": ('{"host": "a", "user": "ana", "password": "@"}', wordy),
    "s3cfg": ("access_key = A\nsecret_key = @\n", shape((ALNUM, 40))),
    "rclone": ("[drive]\ntype = sftp\npass = @\n", shape((ALNUM + "-_", 30))),
    "hub": ("github.com:\n- user: ana\n  oauth_token: @\n", shape((HEX, 40))),
    "compose": ("    environment:\n      POSTGRES_PASSWORD: @\n", wordy),
    "dockerfile": ("ENV API_SECRET=@\nRUN make\n", KEY),
    "gradle": ("signing.password=@\nsigning.keyId=24875D73\n", wordy),
    "wireguard": (
        "[Interface]\nPrivateKey = @=\nAddress = 10.0.0.2/32\n",
        shape((ALNUM + "+/", 43)),
    ),
    "ldap": ("olcRootPW: {SSHA}@\n", shape((ALNUM + "+/", 32))),
    "tomcat": ('<user username="admin" password="@" roles="manager-gui"/>', wordy),
    "sql": ("CREATE USER shop IDENTIFIED BY '@';", wordy),
    "shell": ("mysqldump -u root -p@ shop > dump.sql", SIMPLE),
    "shell, curl": ("curl -H 'X-Api-Key: @' https://api.shop.test/v1", KEY),
    "requests": ("requests.get(url, auth=('ana', '@'))", SIMPLE),
    "powershell": ("ConvertTo-SecureString '@' -AsPlainText -Force", SIMPLE),
    "cisco": ("username admin password 7 @", shape((HEX.upper(), 18))),
    "snmp": ("snmp-server community @ RO\n", SIMPLE),
    "cookie": ("Cookie: theme=dark; sessionid=@", shape((ALNUM, 32))),
    "properties in XML": ('<property name="connection.password">@</property>', wordy),
    "wpa_supplicant": ('network={\n ssid="x"\n psk="@"\n}\n', SIMPLE),
    "ldap.conf": ("bindpw @\n", wordy),
    "joined name": ('{"userpassword": "@"}', wordy),
    "chosen by people": ("JWT_SECRET=@\n", wordy),
    "kubectl": ("kubectl create secret generic a --from-literal=password=@", SIMPLE),
    "docker config in a secret": ("  .dockerconfigjson: @\n", base64(docker_config)),
    "sql, hashed": ("IDENTIFIED BY PASSWORD '@'", shape("*", (HEX.upper(), 40))),
    "kubernetes, one line": ('{"kind": "Secret", "data": {"password": "@"}}', base64(wordy)),
    "kubernetes, flow style": ("kind: Secret\nstringData: {password: @, user: ana}\n", wordy),
    "gradle, quoted": ("storePassword '@'\nkeyAlias 'shop'\n", wordy),
    "property list": ("<key>ApiSecret</key>\n<string>@</string>", KEY),
    "ipsec": (': PSK "@"\n', wordy),
    "chap": ('"ana" * "@" *\n', wordy),
    "postfix": ("[smtp.shop.test]:587 ana:@\n", wordy),
    "msmtp": ("account shop\nuser ana\npassword @\n", wordy),
    "unseal key": ("Unseal Key 1: @\n", shape((ALNUM + "+/", 44))),
    "gossip key": ('encrypt = "@="\n', shape((ALNUM + "+/", 43))),
    "bundler": ('BUNDLE_GEMS__CONTRIBSYS__COM: "@"\n', shape((HEX, 8), ":", (HEX, 8))),
    "subversion": ("K 8\npassword\nV 9\n@\n", wordy),
    "unattended setup": ("<Password><Value>@</Value></Password>", base64(SIMPLE)),
    "keepass": ('<Value ProtectInMemory="True">@</Value>', wordy),
    "remote desktop": ("password 51:b:@\n", shape((HEX.upper(), 200))),
    "express": ("session({ secret: '@', resave: false })", wordy),
    "oracle": ("jdbc:oracle:thin:ana/@@//db:1521/SHOP", wordy),
    "mysqli": ("new mysqli('localhost', 'ana', '@', 'shop')", wordy),
    "driver manager": ('getConnection("jdbc:mysql://h/db", "root", "@")', wordy),
    "network credential": ('new NetworkCredential("ana", "@")', wordy),
    "clojure": ('{:username "ana" :password "@"}', wordy),
    "htdigest": ("ana:shop:@\n", HEX32),
    "phpass": ("'ana', '$P$@'", shape((ALNUM + "./", 31))),
    "fish": ("set -gx API_TOKEN @\n", KEY),
    "windows": ('setx API_SECRET "@"', KEY),
    "dockerfile, space": ("ENV DB_PASSWORD @\n", wordy),
    "terraform, default": ('variable "db_password" {\n  default = "@"\n}', wordy),
    "default of a variable": ('os.environ.get("STRIPE", "@")', KEY),
    "export of a browser": ("name,url,username,password\nShop,https://shop.test,ana,@\n", wordy),
    "export of a console": ("User name,Access key ID,Secret access key\nana,x,@\n", KEY),
    "openvpn": (
        "-----BEGIN OpenVPN Static key V1-----\n@\n-----END OpenVPN Static key V1-----",
        lambda r: "\n".join(some(r, HEX, 32) for _ in range(16)),
    ),
    "nested in yaml": ("authentication:\n  access_token: @\n", HEX64),
    "compared": ('if (apiSecret == "@") {', KEY),
    "appended": ('$apiToken .= "@";', KEY),
    "typed": ('var apiToken string = "@"', KEY),
    "an argument": ('client.withToken("@")', KEY),
    "a pair": ('set(api_key, "@")', KEY),
    "bytes": ("app.secret_key = b'@'", KEY),
    "php, member": ("public $password = '@';", wordy),
    "irc": ("/msg NickServ identify; nickserv_password = '@'", wordy),
}
"""Files that hold a secret, in the forms that their programs read."""

SAID: Final = (
    "the password is @",
    "pw: @",
    "pwd = @",
    "pass: @",
    "hey, login for staging: ana / @",
    "the login is ana / @",
    "creds are admin:@",
    "credentials: ana.shop.test / @",
    "log in with ana and @ please",
    "user: ana pass: @",
    "username ana, password @",
    "wifi password is @, enjoy",
    "I changed the password to @ yesterday",
    "new one, sorry: password is `@`",
    "api key: @",
    "here's my api key: @",
    "curl -u ana:@ https://api.shop.test",
    "Authorization: Bearer @",
    "psql postgres://shop:@@db:5432/shop",
    "mongodb+srv://ana:@@cluster0.shop.test/shop",
    "PGPASSWORD=@ psql -h db",
    "docker login -u ana -p @ registry.shop.test",
    "ssh works with password: @ now",
    "密码是@",
    "密码：@",
    "口令：@",
    "账号密码：admin/@",
    "账号admin，密码@",
    "账号：admin 密码：@",
    "用户名 root 密码 @",
    "密码改成了@，记得更新",
    "数据库密码已经改为@",
    "wifi密码是@",
    "令牌：@",
    "新的访问令牌是@",
    "密钥是@，不要外传",
    "登录密码为 @ 。",
)
"""What people write in chat; the password has letters, digits and mostly a symbol."""

STANDINS: Final = (
    "changeme",
    "<password>",
    "${DB_PASSWORD}",
    "{{ password }}",
    "xxxxxxxx",
    "********",
    "your-password-here",
    "$DB_PASSWORD",
    "REDACTED",
    "example",
    "%(password)s",
    "TODO",
)
"""What stands where a secret would, in files that may be shown."""


def filled(template: str, value: str) -> str:
    """Put the value where the template's hole is; of `@@`, the second stays."""
    if "@@" in template:
        return template.replace("@@", f"{value}@", 1)
    return template.replace("@", value, 1)
