"""The attachments, made here so that nothing binary is kept: a one-page PDF, a PNG, a DOCX, an ICS invitation."""

import io
import struct
import textwrap
import zipfile
import zlib
from xml.sax.saxutils import escape


def pdf(title, paragraphs):
    """One A4 page in the reader's own Helvetica: a letterhead, a title, wrapped text. Text must fit Windows-1252."""
    ops = ["0.11 0.27 0.53 rg 0 792 595 50 re f", text(40, 810, 16, "1 1 1", "Mairie de démonstration", "F2")]
    y = 740
    for part in textwrap.wrap(title, 48):
        ops.append(text(56, y, 18, "0 0 0", part, "F2"))
        y -= 24
    y -= 12
    for paragraph in paragraphs:
        for part in textwrap.wrap(paragraph, 84) or [""]:
            ops.append(text(56, y, 12, "0.1 0.1 0.1", part))
            y -= 17
        y -= 8
    ops.append(text(56, 40, 9, "0.4 0.4 0.4", "1, place de l'Hôtel-de-Ville - 01 23 45 67 89 - page 1 sur 1"))
    stream = "\n".join(ops).encode("cp1252", "replace")
    font = b"<</Type/Font/Subtype/Type1/Encoding/WinAnsiEncoding/BaseFont/%s>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Lang(fr)>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        font % b"Helvetica",
        font % b"Helvetica-Bold",
    ]
    out, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"xref\n0 7\n0000000000 65535 f \n%strailer\n<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))


def text(x, y, size, colour, words, font="F1"):
    words = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT {colour} rg /{font} {size} Tf {x} {y} Td ({words}) Tj ET"


def png_pothole(width=640, height=400):
    """A road under a grey sky, and the hole in it."""
    rows = []
    for y in range(height):
        if y < height // 3:
            row = bytes((170 + y // 4, 185 + y // 4, 200 + y // 5)) * width
        else:
            shade = 95 + (y * 7919) % 9
            row = bytearray(bytes((shade, shade, shade + 4)) * width)
            paint(row, width // 2, 10, (230, 230, 225)) if (y // 24) % 2 else None
            reach = 1 - ((y - height * 0.72) / (height * 0.14)) ** 2
            if reach > 0:
                half = int(width * 0.2 * reach**0.5)
                paint(row, width // 3, half, (62, 58, 54))
                paint(row, width // 3, half * 3 // 4, (38, 34, 31))
        rows.append(b"\0" + bytes(row))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + chunk(b"IEND", b"")


def paint(row, middle, half, colour):
    row[(middle - half) * 3 : (middle + half) * 3] = bytes(colour) * (2 * half)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def docx(paragraphs):
    """The smallest document of ECMA-376 that word processors open."""
    office = "http://schemas.openxmlformats.org"
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(part)}</w:t></w:r></w:p>' for part in paragraphs)
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="rels" ContentType="{relations}"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{office}/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + content)
    return out.getvalue()


def invitation(uid, start, end, title, place, organizer, attendee):
    """An iTIP REQUEST (RFC 5546); start and end are aware datetimes in UTC."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Mairie//FR", "METHOD:REQUEST", "BEGIN:VEVENT", f"UID:{uid}",
        f"DTSTAMP:{start:%Y%m%d}T000000Z", f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}", f"SUMMARY:{title}",
        f"LOCATION:{place}", f"ORGANIZER:mailto:{organizer}", f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{attendee}",
        "SEQUENCE:0", "END:VEVENT", "END:VCALENDAR", "",
    ]
    return "\r\n".join(lines).encode()
