// The body of a function of `url` and `most` (bytes); an error is a file that cannot be shown.
const answer = await fetch(url);
if (!answer.ok || answer.headers.get('content-length') > most) throw new RangeError();
const file = await answer.blob();
if (file.size > most) throw new RangeError();
const first = String.fromCharCode(...new Uint8Array(await file.slice(0, 1024).arrayBuffer()));
const kinds = [[/%PDF-/, 'application/pdf'], [/^\xff\xd8\xff/, 'image/jpeg'], [/^\x89PNG\r\n/, 'image/png'],
    [/^GIF8[79]a/, 'image/gif'], [/^RIFF[^]{4}WEBP/, 'image/webp']];
const kind = kinds.find(([begins]) => begins.test(first));
if (!kind) throw new TypeError();
const shown = URL.createObjectURL(new Blob([file], { type: kind[1] }));
// After the answer, which a page that is gone could not give.
setTimeout(() => location.replace(shown));
