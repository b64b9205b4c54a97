"""How the site of the tests is configured: its providers, features and tools, prices and secrets."""

import secrets

# What the mock's models cost, pico-dollars a token.
INPUT_PICO = 1_000_000
CACHED_PICO = 100_000
OUTPUT_PICO = 4_000_000

# The key that the workers must send to the provider and show to nobody.
PROVIDER_KEY = "sk-e2e-provider-" + secrets.token_hex(12)
# With which Prometheus reads the metrics.
METRICS_TOKEN = "metrics-e2e-" + secrets.token_hex(12)
# In every question of a test that looks for it in logs and tables.
CANARY = "canary" + secrets.token_hex(8)

PROVIDERS = (
    "mock", "hasty", "dead", "frail", "narrow", "quiet", "broken", "claude", "aws", "hasty-claude", "hasty-aws", "stranger", "renewed",
    "calm", "past", "silent", "silent-claude", "silent-aws",
)  # fmt: skip
MODELS = ("m", "second", "f", "q", "b", "k", "mod", "agent", "claude-sonnet-4-5", "gpt-5-e2e")

CONF = """
[server]
heartbeat = 1s
cors_origins = https://app.example.org
widget_origins = https://www.example.org, http://shop.example.org:8080/
resume_grace = 3s
drain = 8s

[database]
connect_timeout = 30s

[limits]
user_rpm = 0
tenant_rpm = 0
user_daily_usd = 50
tenant_daily_usd = 5000
system_daily_usd = 10000

[auth]
signup = waitlist
oidc_issuer = {issuer}
oidc_name = Test
oidc_client_id = {client_id}
oidc_client_secret_file = {secret_file}

[admin]
metrics_token_file = {metrics_file}

[traces]
forward = on

[mail]
smtp_host = 127.0.0.1
smtp_port = {smtp_port}
security = plain
from = slipway@e2e.test

[provider mock]
kind = openai
breaker_failures = 0
base_url = {url}
api_key_file = {key_file}
# A busy machine must not decide what a case sees.
timeout_first_byte_ms = 300000
timeout_idle_ms = 300000

# The same provider, asked with little patience.
[provider hasty]
kind = openai
breaker_failures = 0
base_url = {url}
api_key_file = {key_file}
timeout_first_byte_ms = 400

# Nobody listens there.
[provider dead]
kind = openai
breaker_failures = 0
base_url = http://127.0.0.1:1/v1
api_key_file = {key_file}

[feature chat]
last_tier = off
route = mock/m
prompt = You are a test.
max_output_tokens = 200

[feature free]
last_tier = off
route = mock/m
max_output_tokens = 200
anonymous = 5

[feature docs]
last_tier = off
route = mock/m
collection = e2e
passages = 3
max_output_tokens = 200

[feature quote]
route = extract
collection = e2e
passages = 3

# The operator's documents, for everybody.
[feature public]
route = extract
collection = default/e2e
anonymous = 5

# A reservation that cannot shrink.
[feature fixed]
last_tier = off
route = mock/m
max_output_tokens = 100
min_output_tokens = 100

[feature hasty]
last_tier = off
route = hasty/m
max_output_tokens = 50

[feature dead]
last_tier = off
route = dead/m

[feature fallback]
last_tier = off
route = dead/m, mock/second

[feature long]
last_tier = off
route = mock/second
max_output_tokens = 500000

# The same provider under other names, for what is remembered of one.
[provider frail]
kind = openai
base_url = {url}
api_key_file = {key_file}
breaker_failures = 2
breaker_open_ms = 1500

[provider narrow]
kind = openai
base_url = {url}
api_key_file = {key_file}
rpm = 2
breaker_failures = 0

[provider quiet]
kind = openai
base_url = {url}
api_key_file = {key_file}

[provider broken]
kind = openai
base_url = {url}
api_key_file = {key_file}
breaker_failures = 0

[feature quiet]
route = quiet/q

[provider calm]
kind = openai
base_url = {url}
api_key_file = {key_file}
timeout_first_byte_ms = 300000
timeout_idle_ms = 300000

[feature calm]
route = calm/q

[provider past]
kind = openai
base_url = {url}
api_key_file = {key_file}
timeout_first_byte_ms = 300000
timeout_idle_ms = 300000

[feature broken]
last_tier = off
route = broken/b

[feature frail]
route = frail/f, mock/second
last_tier = off

[feature frail-alone]
route = frail/f
last_tier = off

[feature narrow]
route = narrow/m, mock/second
last_tier = off

[feature few-fallbacks]
route = dead/m, mock/second
fallback_rpm = 2
last_tier = off

[feature one]
route = mock/m

[feature decent]
route = dead/m

[feature decent-docs]
route = dead/m
collection = e2e
passages = 3

[feature own-words]
route = dead/m, static
collection = e2e
canned = Our robot sleeps.

[feature shadowed]
route = mock/m
prompt = You are a test.
shadow = mock/second
shadow_percent = 100
shadow_daily_usd = 0.0009

[feature going-on]
route = mock/m, mock/second
continue_on_fallback = yes
max_output_tokens = 200

# The guard's ways.
[feature strict]
last_tier = off
route = mock/m
output_pii = card block
injection = record

[feature open-guard]
last_tier = off
route = mock/m
input_pii = off
output_pii = off
injection = off

[guard]
hash_key_file = {key_file}

# Documents that somebody tampered with.
[feature poisoned]
last_tier = off
route = mock/m
collection = poisoned
passages = 3
max_output_tokens = 200

# A model judges questions, too; it has a day to do so but where it must not.
[provider judge]
kind = openai
base_url = {url}
api_key_file = {key_file}
price = free

[feature judged]
last_tier = off
route = mock/m
moderation = judge/mod
moderation_timeout = 1d
max_output_tokens = 200

[feature judged-docs]
last_tier = off
route = mock/m
collection = e2e
passages = 3
moderation = judge/mod
moderation_timeout = 1d
max_output_tokens = 200

[feature judged-hasty]
last_tier = off
route = mock/m
moderation = judge/hasty-mod
moderation_timeout = 300ms

[feature judged-gently]
last_tier = off
route = mock/m
moderation = judge/hasty-mod
moderation_timeout = 300ms
moderation_fail = pass

[feature judged-dearly]
last_tier = off
route = mock/m
moderation = mock/mod
moderation_timeout = 1d
max_output_tokens = 200

[feature judged-unpriced]
last_tier = off
route = mock/m
moderation = mock/priceless

# What is kept of what was said.
[feature kept]
last_tier = off
route = mock/m
content = full
content_days = 7

[feature kept-redacted]
last_tier = off
route = mock/m
content = redacted

[feature kept-hash]
last_tier = off
route = mock/m
content = hash

[pattern badge]
match = BADGE-[0-9]{{6}}

# It takes more steps than it may.
[pattern endless]
match = ENDLESS(x+x+)+y

[feature longest]
route = mock/second
max_output_tokens = 700000

[feature late]
last_tier = off
route = mock/m, mock/second

# Agents, and an address of ours for their tools; cases/agent.py.
[tool look]
url = {tools}/look
description = Looks something up.
schema = {{"type":"object","properties":{{"q":{{"type":"string"}}}},"required":["q"],"additionalProperties":false}}
effect = read
header_file = {tool_header}

[tool slow]
url = {tools}/slow
description = Takes its time.
effect = read
timeout = 300ms

[tool large]
url = {tools}/large
description = Says a lot.
effect = read
max_answer = 1k

[tool order]
url = {tools}/order
method = PUT
description = Orders something.
schema = {{"type":"object","properties":{{"item":{{"type":"string"}}}},"required":["item"]}}

[tool pay]
url = {tools}/pay
description = Pays something, once for each Idempotency-Key.
idempotent = on

[feature helper]
kind = agent
route = mock/agent
prompt = You are a test.
tools = look, slow, large, order, pay, docs_search
collection = e2e
max_output_tokens = 200
max_steps = 6
max_run_usd = 0.02

[feature strict-helper]
kind = agent
route = mock/agent
prompt = You are a test.
tools = look
input_pii = card block
max_output_tokens = 200

[feature poor-helper]
kind = agent
route = mock/agent
prompt = You are a test.
tools = look
max_output_tokens = 200
max_run_usd = 0.002

[alias best]
model = chat

# One provider of each kind; cases/providers.py.
[provider claude]
kind = anthropic
base_url = {root}
api_key_file = {key_file}
breaker_failures = 0
timeout_first_byte_ms = 300000
timeout_idle_ms = 300000

[provider aws]
kind = bedrock
base_url = {root}
region = eu-west-1
access_key_file = {access_key_file}
secret_key_file = {secret_key_file}
breaker_failures = 0
timeout_first_byte_ms = 300000
timeout_idle_ms = 300000

[provider hasty-claude]
kind = anthropic
base_url = {root}
api_key_file = {key_file}
breaker_failures = 0
timeout_first_byte_ms = 400

[provider hasty-aws]
kind = bedrock
base_url = {root}
region = eu-west-1
access_key_file = {access_key_file}
secret_key_file = {secret_key_file}
breaker_failures = 0
timeout_first_byte_ms = 400

# The first bytes may take their time; then there is little patience.
[provider silent]
kind = openai
base_url = {url}
api_key_file = {key_file}
breaker_failures = 0
timeout_first_byte_ms = 300000
timeout_idle_ms = 700

[provider silent-claude]
kind = anthropic
base_url = {root}
api_key_file = {key_file}
breaker_failures = 0
timeout_first_byte_ms = 300000
timeout_idle_ms = 700

[provider silent-aws]
kind = bedrock
base_url = {root}
region = eu-west-1
access_key_file = {access_key_file}
secret_key_file = {secret_key_file}
breaker_failures = 0
timeout_first_byte_ms = 300000
timeout_idle_ms = 700

# A key that the provider does not know.
[provider stranger]
kind = bedrock
base_url = {root}
region = eu-west-1
access_key_file = {access_key_file}
secret_key_file = {key_file}
breaker_failures = 0

[feature kind-stranger]
last_tier = off
route = stranger/k

# Temporary keys, which others write anew.
[provider renewed]
kind = bedrock
base_url = {root}
region = eu-west-1
access_key_file = {access_key_file}
secret_key_file = {renewed_key_file}
session_token_file = {renewed_token_file}
timeout_first_byte_ms = 300000
timeout_idle_ms = 300000

[feature renewed]
last_tier = off
route = renewed/k
max_output_tokens = 200
"""

# Names of the providers of each kind: patient and hasty.
KINDS = {"openai": ("mock", "hasty"), "anthropic": ("claude", "hasty-claude"), "bedrock": ("aws", "hasty-aws")}
for _kind, (_patient, _hasty) in KINDS.items():
    for _name, _route in (
        ("kind", f"{_patient}/k"), ("hasty", f"{_hasty}/k"), ("then", f"{_patient}/k, mock/second"),
        ("silent", f"{_hasty.replace('hasty', 'silent')}/k"),
    ):  # fmt: skip
        CONF += f"""
[feature {_name}-{_kind}]
last_tier = off
route = {_route}
max_output_tokens = 200
"""
# What the mock provider takes for signed (tests/mock/sigv4.h).
AWS_ACCESS_KEY = "AKIDMOCKPROVIDER"
AWS_SECRET_KEY = "mock/Secret+Access=Key"
