"""mail.py AGENTS DOMAIN MAIL_ROOT: writes each agent's Maildir, dates relative to now. Reproducible but for the dates."""

import os
import sys
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from html import escape

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import documents  # noqa: E402
import people  # noqa: E402
from messages import MESSAGES, OFFICES  # noqa: E402

FOLDERS = ("INBOX", "Sent", "Drafts", "Trash", "Junk", "Archives")
UNREAD = 4  # the newest ones of each inbox
FILE = SMTP.clone(linesep="\n")


class Attachments:
    """Made once for everybody; only the invitation names its reader."""

    def __init__(self):
        self.png = documents.png_pothole()
        self.docx = documents.docx(["Congés de fin d’année", "Nom :", "Du :", "Au :", "Avis du chef de service :"])
        self.pdfs = {}

    def add(self, message, seed, reader, domain, now):
        if seed.attached == "pdf":
            if seed.subject not in self.pdfs:
                self.pdfs[seed.subject] = documents.pdf(seed.subject, seed.body.split("\n"))
            message.add_attachment(self.pdfs[seed.subject], maintype="application", subtype="pdf", filename="Pièce jointe.pdf")
        elif seed.attached == "png":
            message.add_attachment(self.png, maintype="image", subtype="png", filename="nid-de-poule.png")
        elif seed.attached == "docx":
            kind = "vnd.openxmlformats-officedocument.wordprocessingml.document"
            message.add_attachment(self.docx, maintype="application", subtype=kind, filename="congés.docx")
        elif seed.attached == "html":
            message.add_alternative(page(seed), subtype="html")
        elif seed.attached == "ics":
            start = (now + timedelta(days=12)).replace(hour=8, minute=15, second=0)
            text = documents.invitation(
                f"visite-{reader.login}@{domain}", start, start + timedelta(minutes=30), "Visite médicale", "Centre de gestion",
                f"{seed.sender}@{domain}", f"{reader.login}@{domain}",
            )
            message.add_attachment(text.decode(), subtype="calendar", filename="invitation.ics", params={"method": "REQUEST"})


def sent_at(number, now):
    """The newest an hour ago, then two a day, morning and afternoon, as people who work write them."""
    if number == 0:
        return now - timedelta(hours=1)
    morning = number % 2 == 0
    return (now - timedelta(days=(number + 1) // 2)).replace(hour=8 if morning else 14, minute=(number * 17) % 60)


def page(seed):
    lines = "".join(f"<p>{escape(part)}</p>" for part in seed.body.split("\n\n"))
    return f"<html><body style='font-family:sans-serif'><h2 style='color:#1c4587'>{escape(seed.subject)}</h2>{lines}</body></html>"


def write_inbox(root, domain, names, agent, attachments, now):
    base = f"{root}/{agent.login}"
    for folder in FOLDERS:
        for part in ("cur", "new", "tmp"):
            os.makedirs(f"{base}/{folder}/{part}", exist_ok=True)
    with open(f"{base}/subscriptions", "w", encoding="ascii") as subscriptions:
        subscriptions.write("".join(f"{folder}\n" for folder in FOLDERS[1:]))
    for number, seed in enumerate(seed for seed in MESSAGES if seed.sender != agent.login):
        sent = sent_at(number, now)
        message = EmailMessage(policy=FILE)
        message["From"] = formataddr((names[seed.sender], f"{seed.sender}@{domain}"))
        message["To"] = formataddr((agent.name, f"{agent.login}@{domain}"))
        message["Subject"] = seed.subject
        message["Date"] = format_datetime(sent)
        message["Message-ID"] = f"<{number}.{agent.login}.{int(sent.timestamp())}@{domain}>"
        message.set_content(seed.body + "\n")
        attachments.add(message, seed, agent, domain, now)
        seen = "" if number < UNREAD else "S"
        name = f"{base}/INBOX/cur/{int(sent.timestamp())}.M{number}.town:2,{seen}"
        with open(name, "wb") as file:
            file.write(message.as_bytes())
        os.utime(name, (sent.timestamp(), sent.timestamp()))


def main():
    agents, domain, root = people.agents(sys.argv[1]), sys.argv[2], sys.argv[3]
    names = OFFICES | {agent.login: agent.name for agent in agents}
    attachments, now = Attachments(), datetime.now(timezone.utc).replace(microsecond=0)
    for agent in agents:
        write_inbox(root, domain, names, agent, attachments, now)


main()
