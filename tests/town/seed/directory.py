"""directory.py BASE_DN DOMAIN AGENTS SERVICES SECRETS: the directory as LDIF on standard output.

People under ou=people, the owners of shared calendars under ou=agendas, service accounts under ou=services. An expired
account has shadowExpire in the past (RFC 2307, days since 1970); a disabled one has pwdAccountLockedTime 000001010000Z
(draft-behera-ldap-password-policy, section 5.3.3: locked until an administrator unlocks it). Never a PIN or a badge.
"""

import base64
import hashlib
import os
import pathlib
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import people  # noqa: E402


def hashed(password):
    salt = os.urandom(8)
    return "{SSHA}" + base64.b64encode(hashlib.sha1(password.encode() + salt).digest() + salt).decode()


def entry(dn, classes, **attributes):
    lines = [line("dn", dn)] + [line("objectClass", name) for name in classes]
    for name, values in attributes.items():
        lines += [line(name, value) for value in (values if isinstance(values, list) else [values])]
    print("\n".join(lines), end="\n\n")


def line(name, value):
    value = str(value)
    if value.isascii() and not value.startswith((" ", ":", "<")):
        return f"{name}: {value}"
    return f"{name}:: {base64.b64encode(value.encode()).decode()}"


def person(base, domain, agent):
    more = {}
    if agent.state == "expired":
        more["shadowExpire"] = int(time.time() // 86400) - 30
    if agent.state == "disabled":
        more["pwdAccountLockedTime"] = "000001010000Z"
    entry(
        f"uid={agent.login},ou=people,{base}", ["inetOrgPerson", "shadowAccount"],
        uid=agent.login, cn=agent.name, givenName=agent.given_name, sn=agent.family_name, displayName=agent.name,
        title=agent.job, ou=agent.service, departmentNumber=agent.service, preferredLanguage="fr",
        mail=f"{agent.login}@{domain}", userPassword=hashed(people.password(agent.login)), **more,
    )


def main():
    base, domain, agents, services, secrets = sys.argv[1:]
    agents, services = people.agents(agents), people.services(services)
    entry(base, ["dcObject", "organization"], dc=base.split(",")[0].split("=")[1], o="Mairie de démonstration")
    for unit in ("people", "agendas", "groups", "services", "policies"):
        entry(f"ou={unit},{base}", ["organizationalUnit"], ou=unit)
    entry(f"cn=default,ou=policies,{base}", ["device", "pwdPolicy"], cn="default", pwdAttribute="userPassword", pwdLockout="TRUE")
    for account in ("borne", "sogo", "dovecot"):
        password = pathlib.Path(secrets, f"ldap-{account}").read_text()
        entry(f"cn={account},ou=services,{base}", ["applicationProcess", "simpleSecurityObject"], cn=account, userPassword=hashed(password))
    for agent in agents:
        person(base, domain, agent)
    for service in services:
        entry(
            f"uid={service.login},ou=agendas,{base}", ["inetOrgPerson"], uid=service.login, cn=service.name, sn=service.name,
            mail=f"{service.login}@{domain}", userPassword=hashed(people.password(service.login)),
        )
        members = [f"uid={agent.login},ou=people,{base}" for agent in agents if agent.service == service.name]
        entry(f"cn={service.name},ou=groups,{base}", ["groupOfNames"], cn=service.name, member=members)


main()
