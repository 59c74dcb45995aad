// Every way a page has of going to, or reading, an address; the outcome of each that says one. No way may lead there.
const frames = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
// What was begun has been decided once a later request has been answered.
const fence = () => Promise.race([fetch("/fence"), new Promise((_, late) => setTimeout(late, 2000, new Error("torn off")))]);
const settle = async () => { await frames(); for (;;) { try { await fence(); return; } catch { await frames(); } } };
const element = (name, fields) => { const made = Object.assign(document.createElement(name), fields); document.body.append(made); return made; };
const seen = frame => { try { return frame.contentDocument?.body?.textContent ?? ""; } catch { return ""; } };
const said = [];
const tell = (route, what) => said.push(`${route}: ${what}`);
// What is never answered (the engine's own schemes) has read nothing.
const unanswered = () => new Promise(done => setTimeout(done, 1500));
const attempt = async (route, act) => { try { await Promise.race([act(), unanswered()]); } catch (error) { if (!(error instanceof DOMException || error instanceof TypeError)) tell(route, error); } await settle(); };

await attempt("location", () => { location = url; });
await attempt("replace", () => location.replace(url));
await attempt("link", () => { const link = element("a", { href: url }); link.click(); link.remove(); });
await attempt("blank", () => { const link = element("a", { href: url, target: "_blank" }); link.click(); link.remove(); });
await attempt("ping", () => { const link = element("a", { href: "#here", ping: url }); link.click(); link.remove(); history.replaceState(0, "", "/"); });
await attempt("open", () => { const opened = open(url); if (opened) tell("open", "a window"); });
for (const method of ["GET", "POST"]) {
    await attempt(`form ${method}`, () => { const form = element("form", { action: url, method }); form.submit(); form.remove(); });
}
await attempt("meta", () => { const meta = document.createElement("meta"); meta.httpEquiv = "refresh"; meta.content = `0;url=${url}`; document.head.append(meta); });
for (const name of ["iframe", "object", "embed"]) {
    await attempt(name, async () => {
        const frame = element(name, name === "object" ? { data: url } : { src: url });
        await settle();
        if (seen(frame)) tell(name, seen(frame).slice(0, 60));
        frame.remove();
    });
}
await attempt("fetch", async () => tell("fetch", `read ${(await (await fetch(url)).text()).slice(0, 60)}`));
await attempt("fetch no-cors", async () => tell("fetch no-cors", `got ${(await fetch(url, { mode: "no-cors" })).type}`));
await attempt("XMLHttpRequest", async () => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    const text = await new Promise(done => { request.onload = () => done(`read ${request.responseText.slice(0, 60)}`); request.onerror = () => done(""); request.send(); });
    if (text) tell("XMLHttpRequest", text);
});
return said;
