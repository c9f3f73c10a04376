// The verifier's page takes a badge, a token or a link that is dropped anywhere on it. Without script the form does all.
(() => {
  "use strict";
  const form = document.querySelector(".verify-form");
  const file = document.getElementById("badge");
  const token = document.getElementById("token");
  const hint = document.querySelector("[data-drop-hint]");
  if (!form || !file || !token || !hint) return;
  hint.hidden = false;

  let depth = 0;
  const show = (on) => document.body.classList.toggle("dropping", on);
  const carries = (event) =>
    [...event.dataTransfer.types].some((type) => ["Files", "text/plain", "text/uri-list"].includes(type));

  document.addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    depth += 1;
    show(true);
  });
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) show(false);
  });
  document.addEventListener("dragover", (event) => {
    if (carries(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    depth = 0;
    show(false);
    const { files } = event.dataTransfer;
    const text = event.dataTransfer.getData("text/uri-list") || event.dataTransfer.getData("text/plain");
    if (files.length === 1) {
      event.preventDefault();
      file.files = files;
      token.value = "";
    } else if (files.length === 0 && text && event.target !== token) {
      event.preventDefault();
      token.value = text.trim();
      file.value = "";
    } else {
      return;
    }
    form.requestSubmit();
  });
})();
