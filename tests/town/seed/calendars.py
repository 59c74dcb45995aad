"""calendars.py AGENTS SERVICES SOGOD_URL: fills the calendars through SOGo's own CalDAV, with everybody's own password.

For each service: one calendar, readable by its agents. For each agent: an own calendar, and the subscription to the
service's. One PUT an event: SOGo refuses a PUT of a whole collection, and of several events in one object it would show
only the first. Dates are of this week and the next.
"""

import base64
import os
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import people  # noqa: E402
from events import OF_JOB, OF_SERVICE, OF_TOWN  # noqa: E402

# As many at a time as SOGo has workers.
WORKERS = 3
INVERSE = 'xmlns="urn:inverse:params:xml:ns:inverse-dav"'
PARIS = """BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE"""


def icalendar(uid, event, monday):
    day = (monday + timedelta(days=event.day)).strftime("%Y%m%d")
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Borne//Mairie//FR", PARIS, "BEGIN:VEVENT", f"UID:{uid}@mairie.example", f"DTSTAMP:{monday:%Y%m%d}T060000Z",
        f"DTSTART;TZID=Europe/Paris:{day}T{event.start}00", f"DTEND;TZID=Europe/Paris:{day}T{event.end}00",
        f"SUMMARY:{event.title}", f"LOCATION:{event.place}",
    ]
    if event.weekly:
        lines.append("RRULE:FREQ=WEEKLY;COUNT=8")
    return "\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""]).replace("\n", "\r\n").encode()


def dav(base, login, method, path, body, kind):
    credentials = base64.b64encode(f"{login}:{people.password(login)}".encode()).decode()
    request = urllib.request.Request(
        f"{base}/SOGo/dav/{path}", body, method=method,
        headers={"Authorization": f"Basic {credentials}", "Content-Type": f"{kind}; charset=utf-8", "Accept-Language": "fr"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


def put(base, login, events, today):
    monday = today - timedelta(days=today.weekday())
    for number, event in enumerate(events):
        body = icalendar(f"{login}-{number}", event, monday)
        dav(base, login, "PUT", f"{login}/Calendar/personal/{login}-{number}.ics", body, "text/calendar")


def fill_service(base, service, members, today):
    put(base, service.login, OF_SERVICE[service.name], today)
    for member in members:
        roles = f'<acl-query {INVERSE}><set-roles user="{member.login}"><PublicViewer/><ConfidentialDAndTViewer/></set-roles></acl-query>'
        dav(base, service.login, "POST", f"{service.login}/Calendar/personal/", roles.encode(), "application/xml")


def fill_agent(base, agent, service, today):
    put(base, agent.login, OF_TOWN + OF_JOB.get(agent.job, ()), today)
    dav(base, agent.login, "POST", f"{service.login}/Calendar/personal/", f"<subscribe {INVERSE}/>".encode(), "application/xml")
    # SOGo lets nobody paint a calendar of somebody else by CalDAV: the shared one stays grey, so the own one stands out.
    paint(base, agent.login, "personal", "#9FC5E8FF")


def paint(base, login, calendar, colour):
    update = f'<propertyupdate xmlns="DAV:"><set><prop><calendar-color xmlns="http://apple.com/ns/ical/">{colour}</calendar-color></prop></set></propertyupdate>'
    dav(base, login, "PROPPATCH", f"{login}/Calendar/{calendar}/", update.encode(), "application/xml")


def main():
    agents, services, base = people.agents(sys.argv[1]), people.services(sys.argv[2]), sys.argv[3]
    # A locked account cannot log in, so nobody can fill its calendar; nobody will look at it either.
    agents = [agent for agent in agents if agent.state != "disabled"]
    today = date.today()
    by_name = {service.name: service for service in services}
    with ThreadPoolExecutor(WORKERS) as pool:
        members = lambda service: [agent for agent in agents if agent.service == service.name]  # noqa: E731
        # SOGo makes its tables at the first request; two first requests at once get in each other's way.
        fill_service(base, services[0], members(services[0]), today)
        list(pool.map(lambda service: fill_service(base, service, members(service), today), services[1:]))
        list(pool.map(lambda agent: fill_agent(base, agent, by_name[agent.service], today), agents))


main()
