"""What the access tokens of common services look like, as facts from their own documentation.

Data only. Every pattern is RE2 (linear time, no look-around) and its first group is the secret.
"""

from dataclasses import dataclass
from typing import Final

_EDGE: Final = r"(?:^|[^0-9A-Za-z])"
"""Before a prefix so short that it also ends ordinary words."""
_NEAR: Final = r"[\w .\[\]-]{0,20}[\"'`]?\s{0,3}(?:=>|:=|=|:|\bis\b)\s{0,3}[\"'`]?"
"""Between the name of a setting and its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One token format. The text is searched only if it has one of the lower-case `keywords`."""

    kind: str
    keywords: tuple[str, ...]
    pattern: str
    entropy: float = 3.0
    """Least Shannon entropy of the value, in bits a character: what is below was typed by hand."""
    needs: str = ""
    """Kinds of character a value must have to count: any of `0`, `a` and `A`."""


RULES: Final = (
    Rule(
        kind="aws",
        keywords=("akia", "asia", "abia", "acca"),
        pattern=r"((?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16})",
    ),
    Rule(
        kind="aws",
        keywords=("aws", "secret_access_key", "secretaccesskey"),
        pattern=r"(?i)(?:aws|secret_?access_?key)" + _NEAR + r"([0-9A-Za-z/+]{40})",
        needs="0aA",
    ),
    Rule(kind="alibaba", keywords=("ltai",), pattern=_EDGE + r"(LTAI[0-9A-Za-z]{12,30})"),
    Rule(kind="tencent", keywords=("akid",), pattern=_EDGE + r"(AKID[0-9A-Za-z]{32})"),
    Rule(kind="anthropic", keywords=("sk-ant-",), pattern=r"(sk-ant-[0-9A-Za-z_-]{20,})"),
    Rule(kind="atlassian", keywords=("atatt3",), pattern=r"(ATATT3[0-9A-Za-z_=-]{30,})"),
    Rule(
        kind="azure",
        keywords=("accountkey", "sharedaccesskey"),
        pattern=r"(?i)(?:AccountKey|SharedAccessKey)\s{0,3}=\s{0,3}([0-9A-Za-z+/]{40,90}={0,2})",
    ),
    Rule(kind="azure", keywords=("sig=",), pattern=r"[?&;]sig=([0-9A-Za-z%+/]{40,}={0,2})"),
    Rule(
        kind="azure",
        keywords=("8q~",),
        pattern=_EDGE + r"([0-9A-Za-z_~.]{3}8Q~[0-9A-Za-z_~.-]{31,34})",
    ),
    Rule(kind="databricks", keywords=("dapi",), pattern=_EDGE + r"(dapi[0-9a-f]{32}(?:-[0-9])?)"),
    Rule(kind="digitalocean", keywords=("_v1_",), pattern=r"(do[opr]_v1_[0-9a-f]{64})"),
    Rule(
        kind="discord",
        keywords=("discord",),
        pattern=r"discord(?:app)?\.com/api/webhooks/[0-9]+/([0-9A-Za-z_-]{60,})",
    ),
    Rule(
        kind="discord",
        keywords=(".",),
        pattern=_EDGE + r"([MNO][0-9A-Za-z_-]{23,27}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,40})",
        needs="0aA",
    ),
    Rule(kind="docker", keywords=("dckr_pat_",), pattern=r"(dckr_pat_[0-9A-Za-z_-]{20,})"),
    Rule(
        kind="doppler",
        keywords=("dp.",),
        pattern=_EDGE + r"(dp\.(?:pt|st|ct|sa|scim|audit)\.[0-9A-Za-z._-]{40,})",
    ),
    Rule(kind="facebook", keywords=("eaa",), pattern=_EDGE + r"(EAA[0-9A-Za-z]{80,})", needs="0aA"),
    Rule(
        kind="github",
        keywords=("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        pattern=r"(gh[opurs]_[0-9A-Za-z]{36,})",
    ),
    Rule(kind="github", keywords=("github_pat_",), pattern=r"(github_pat_[0-9A-Za-z_]{22,})"),
    Rule(
        kind="gitlab",
        keywords=("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-", "glft-", "glagent-"),
        pattern=r"(gl(?:pat|dt|rt|cbt|ptt|soat|ft|agent)-[0-9A-Za-z_.-]{20,})",
    ),
    Rule(kind="google", keywords=("aiza",), pattern=r"(AIza[0-9A-Za-z_-]{35})"),
    Rule(
        kind="google",
        keywords=("gocspx-", "ya29."),
        pattern=r"((?:GOCSPX-|ya29\.)[0-9A-Za-z_-]{20,})",
    ),
    Rule(
        kind="grafana", keywords=("glsa_", "glc_"), pattern=r"((?:glsa|glc)_[0-9A-Za-z+/_=]{32,})"
    ),
    Rule(kind="groq", keywords=("gsk_",), pattern=_EDGE + r"(gsk_[0-9A-Za-z]{40,})"),
    Rule(
        kind="huggingface",
        keywords=("hf_", "api_org_"),
        pattern=_EDGE + r"((?:hf|api_org)_[0-9A-Za-z]{34,})",
    ),
    Rule(
        kind="jwt",
        keywords=("eyj",),
        pattern=r"(eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}(?:\.[0-9A-Za-z_-]*)?)",
    ),
    Rule(kind="linear", keywords=("lin_api_",), pattern=r"(lin_api_[0-9A-Za-z]{32,})"),
    Rule(kind="mailchimp", keywords=("-us",), pattern=_EDGE + r"([0-9a-f]{32}-us[0-9]{1,2})"),
    Rule(kind="mailgun", keywords=("key-",), pattern=_EDGE + r"(key-[0-9a-f]{32})"),
    Rule(kind="netlify", keywords=("nfp_",), pattern=_EDGE + r"(nfp_[0-9A-Za-z]{36,})"),
    Rule(kind="newrelic", keywords=("nrak-",), pattern=r"(NRAK-[0-9A-Z]{27})"),
    Rule(
        kind="notion",
        keywords=("ntn_", "secret_"),
        pattern=_EDGE + r"((?:ntn|secret)_[0-9A-Za-z]{40,})",
    ),
    Rule(kind="npm", keywords=("npm_",), pattern=r"(npm_[0-9A-Za-z]{36,})"),
    Rule(kind="openai", keywords=("sk-",), pattern=_EDGE + r"(sk-[0-9A-Za-z_-]{20,})", needs="0aA"),
    Rule(kind="postman", keywords=("pmak-",), pattern=r"(PMAK-[0-9a-f]{24}-[0-9a-f]{34})"),
    Rule(kind="pypi", keywords=("pypi-ag",), pattern=r"(pypi-Ag[0-9A-Za-z_-]{40,})"),
    Rule(
        kind="sendgrid",
        keywords=("sg.",),
        pattern=_EDGE + r"(SG\.[0-9A-Za-z_-]{16,32}\.[0-9A-Za-z_-]{16,64})",
    ),
    Rule(
        kind="shopify",
        keywords=("shpat_", "shpca_", "shppa_", "shpss_"),
        pattern=r"(shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32})",
    ),
    Rule(
        kind="slack",
        keywords=("xox",),
        pattern=r"(xox[abceoprs](?:\.xox[bp])?-[0-9A-Za-z-]{10,})",
        entropy=2.5,
    ),
    Rule(kind="slack", keywords=("xapp-",), pattern=r"(xapp-[0-9]-[0-9A-Za-z-]{10,})", entropy=2.5),
    Rule(
        kind="slack",
        keywords=("hooks.slack",),
        pattern=r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/([0-9A-Za-z_/-]{20,})",
    ),
    Rule(
        kind="square", keywords=("sq0",), pattern=_EDGE + r"(sq0(?:atp|csp|idp)-[0-9A-Za-z_-]{22,})"
    ),
    Rule(
        kind="stripe",
        keywords=("_live_", "_test_", "whsec_"),
        pattern=r"((?:[srp]k_(?:live|test)|whsec)_[0-9A-Za-z+/=]{16,})",
    ),
    Rule(kind="supabase", keywords=("sbp_",), pattern=_EDGE + r"(sbp_[0-9a-f]{40})"),
    Rule(
        kind="telegram", keywords=(":aa",), pattern=_EDGE + r"([0-9]{8,10}:AA[0-9A-Za-z_-]{32,34})"
    ),
    Rule(
        kind="terraform",
        keywords=(".atlasv1.",),
        pattern=r"([0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_-]{40,})",
    ),
    Rule(kind="twilio", keywords=("sk",), pattern=_EDGE + r"(SK[0-9a-f]{32})"),
    Rule(kind="twilio", keywords=("twilio",), pattern=r"(?i)twilio" + _NEAR + r"([0-9a-f]{32})"),
    Rule(kind="vault", keywords=("hvs.", "hvb."), pattern=_EDGE + r"(hv[sb]\.[0-9A-Za-z_-]{24,})"),
    Rule(kind="age", keywords=("age-secret-key-",), pattern=r"(?i)(AGE-SECRET-KEY-1[0-9A-Z]{50,})"),
    Rule(
        kind="bearer",
        keywords=("bearer", "basic"),
        pattern=r"(?i)authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:bearer|basic|token)\s{1,3}"
        r"([0-9A-Za-z._~+/=-]{12,})",
    ),
    Rule(
        kind="key",
        keywords=("key", "token", "secret"),
        pattern=r"(?i)(?:api|access|auth|bearer|client|app|private|secret|encryption|signing|"
        r"session|service|master|refresh|webhook|deploy)[_ -]{0,2}(?:key|token|secret)"
        + _NEAR
        + r"([0-9A-Za-z_+/.=~-]{16,})",
        needs="0a",
    ),
    Rule(
        kind="key",
        keywords=("key", "token", "secret", "密钥", "秘钥", "令牌", "凭证"),
        pattern=r"(?i)(?:token|secret|key|密钥|秘钥|令牌|凭证)"
        r"[\"'`]?\s{0,3}(?:=>|:=|=|:|是|为)\s{0,3}[\"'`]?([0-9A-Za-z_+/.=~-]{16,})",
        needs="0aA",
    ),
)
