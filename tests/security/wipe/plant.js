const code = name => encodeURIComponent(words[name]);
document.cookie = `trace=${code("cookie")}; max-age=864000; path=/; secure`;
localStorage.setItem("trace", words["localStorage"]);
sessionStorage.setItem("trace", words["sessionStorage"]);
await new Promise((done, failed) => {
    const opening = indexedDB.open("trace", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("traces");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
        const writing = opening.result.transaction("traces", "readwrite");
        writing.objectStore("traces").put(words["IndexedDB"], "trace");
        writing.oncomplete = () => { opening.result.close(); done(); };
        writing.onerror = () => failed(writing.error);
    };
});
await (await fetch("/kept")).text();
history.pushState({ trace: words["history state"] }, "", `/${code("history path")}?q=${code("history query")}#${code("history fragment")}`);
window.name = words["window name"];
document.title = words["page title"];
window.blob = new Blob([words["blob"]]);
window.blobAddress = URL.createObjectURL(window.blob);
document.head.insertAdjacentHTML("beforeend", `<link rel="icon" href="/${code("favicon")}.png">`);
document.body.innerHTML = `
    <form method="post" action="/form" autocomplete="on"><input id="field" name="trace" autocomplete="name"
        style="position: fixed; inset: 0 0 auto 0; height: 90px; font-size: 30px"></form>
    <a id="file" download="${words["download name"]}" href="${window.blobAddress}">fichier</a>
    <p id="text" style="font-size: 26px; text-align: left"></p>`;
document.getElementById("field").value = words["form field"];
document.getElementById("text").textContent = `${words["page text"]} : « Bonjour, voici le compte rendu de la visite médicale. »`;
return "planted";
