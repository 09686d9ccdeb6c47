// What pages can do besides what they do without a script: local times, copying, shortcuts, previews, progress, and what is
// live. Each part looks for its attribute and leaves everything else alone.
(() => {
  "use strict";
  const all = (selector, root = document) => root.querySelectorAll(selector);

  // Times carry the local time in their tooltip.
  const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  const localTimes = (root) => {
    for (const time of all("time[datetime]:not([data-local])", root)) {
      const at = new Date(time.dateTime);
      if (!Number.isNaN(at.valueOf())) {
        time.title += "\n" + clock.format(at);
        time.dataset.local = "";
      }
    }
  };

  const toast = (text) => {
    const place = document.querySelector("[data-toasts]");
    if (!place) return;
    const note = document.createElement("p");
    note.className = "toast";
    note.textContent = text;
    place.append(note);
    setTimeout(() => note.remove(), 6000);
  };

  // The icons lie in one file, which the document names.
  const icon = (name) => {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.classList.add("icon");
    for (const [key, value] of [["width", "16"], ["height", "16"], ["aria-hidden", "true"]]) drawing.setAttribute(key, value);
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
    drawing.append(use);
    return drawing;
  };

  // What is to be copied has a button for it.
  const copyButtons = (root) => {
    if (!navigator.clipboard) return;
    for (const code of all("[data-copy]:not([data-copies])", root)) {
      code.dataset.copies = "";
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.append(icon("copy"));
      button.setAttribute("aria-label", code.dataset.copyLabel || "Copy " + (code.dataset.copy || code.textContent));
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(code.dataset.copy || code.textContent);
        button.replaceChildren(icon("check"));
        setTimeout(() => button.replaceChildren(icon("copy")), 1500);
      });
      code.after(button);
    }
  };

  const dress = (root) => { localTimes(root); copyButtons(root); };

  // Shortcuts: / goes to the search, g and a letter to a page of the menu.
  let leader = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    const box = event.key === "/" && document.querySelector('[data-shortcut="/"]');
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "g") {
      leader = Date.now();
    } else if (Date.now() - leader < 1500 && /^[a-z]$/.test(event.key)) {
      leader = 0;
      document.querySelector(`.menu [data-key="${event.key}"]`)?.click();
    }
  });

  // One box ticks all of a list; a bar appears while any is ticked.
  for (const table of all("[data-pick]")) {
    const boxes = () => [...all('input[type="checkbox"][name="pick"]', table)];
    const every = table.querySelector("[data-pick-all]");
    const show = () => {
      const picked = boxes().filter((box) => box.checked).length;
      for (const place of all("[data-picked]", table)) place.textContent = String(picked);
      for (const place of all("[data-when-picked]", table)) {
        place.hidden = picked === 0;
        place.dataset.ready = "";
      }
      if (every) {
        every.checked = picked > 0 && picked === boxes().length;
        every.indeterminate = picked > 0 && !every.checked;
      }
    };
    every?.addEventListener("change", () => { for (const box of boxes()) box.checked = every.checked; show(); });
    table.addEventListener("change", show);
    show();
  }

  // A filter that is chosen is applied.
  for (const form of all("form[data-apply]")) {
    form.addEventListener("change", (event) => { if (event.target.matches("select, input[type=checkbox]")) form.requestSubmit(); });
  }

  // A select may offer what goes with another field alone: groups of options that say of which of its values they are.
  for (const select of all("select[data-depends]")) {
    const on = select.form.elements[select.dataset.depends];
    const show = () => {
      for (const group of all("optgroup[data-of]", select)) {
        group.hidden = group.disabled = group.dataset.of !== on.value;
        if (group.hidden && group.contains(select.selectedOptions[0])) select.value = "";
      }
    };
    on?.addEventListener("change", show);
    if (on) show();
  }

  // A form may show what would come of it while it is filled in.
  for (const form of all("form[data-preview]")) {
    const place = form.querySelector("[data-preview-into]");
    let timer, running;
    const draw = async () => {
      running?.abort();
      running = new AbortController();
      const query = new URLSearchParams([...new FormData(form)].filter(([name, value]) => typeof value === "string" && !name.startsWith("_") && !/password/i.test(name)));
      try {
        const answer = await fetch(`${form.dataset.preview}?${query}`, { signal: running.signal, headers: { Accept: "text/html" } });
        if (answer.ok && !answer.redirected) {
          place.innerHTML = await answer.text();
          dress(place);
        }
      } catch (fault) {
        if (fault.name !== "AbortError") throw fault;
      }
    };
    if (place) form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(draw, 150); });
  }

  // A part of the page that is not finished is asked for again until it is.
  const poll = (part) => {
    setTimeout(async () => {
      if (document.hidden) return poll(part);
      try {
        const answer = await fetch(part.dataset.poll, { headers: { Accept: "text/html" } });
        if (!answer.ok || answer.redirected) return;
        const box = document.createElement("div");
        box.innerHTML = await answer.text();
        const next = box.firstElementChild;
        if (!next) return;
        part.replaceWith(next);
        dress(next);
        if (next.dataset.poll) poll(next);
      } catch { poll(part); }
    }, Number(part.dataset.pollEvery) || 700);
  };
  for (const part of all("[data-poll]")) if (part.dataset.poll) poll(part);

  // What happens while the page is open comes into its lists.
  for (const list of all("[data-live]")) {
    const source = new EventSource(list.dataset.live);
    const most = Number(list.dataset.liveMost) || 50;
    source.addEventListener("event", (message) => {
      const box = document.createElement(list.tagName === "TBODY" ? "tbody" : "ul");
      box.innerHTML = message.data;
      const line = box.firstElementChild;
      if (!line || (line.id && document.getElementById(line.id))) return;
      line.classList.add("fresh");
      list.prepend(line);
      while (list.children.length > most) list.lastElementChild.remove();
      dress(line);
      const note = document.querySelector("[data-live-note]");
      if (note) note.hidden = false;
    });
    addEventListener("pagehide", () => source.close());
  }

  // Sending a form twice in a row is one sending.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 3000) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = String(Date.now());
  });

  // Passkeys: a button asks the server what the browser is to prove, and sends what it proved in its form.
  const b64 = {
    from: (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)),
    to: (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, ""),
  };
  const readable = (credential) => ({
    id: credential.id, rawId: b64.to(credential.rawId), type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: Object.fromEntries(["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]
      .filter((name) => credential.response[name])
      .map((name) => [name, b64.to(credential.response[name])])),
  });
  for (const form of all("form[data-passkey]")) {
    form.hidden = !window.PublicKeyCredential;
    if (form.hidden) continue;
    for (const place of all("[data-passkey-only]")) place.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      try {
        const asked = await fetch(form.dataset.passkey, { method: "POST", headers: { Accept: "application/json" } });
        if (!asked.ok) throw new Error(String(asked.status));
        const { publicKey } = await asked.json();
        publicKey.challenge = b64.from(publicKey.challenge);
        if (publicKey.user) publicKey.user.id = b64.from(publicKey.user.id);
        for (const list of [publicKey.excludeCredentials, publicKey.allowCredentials]) {
          for (const one of list ?? []) one.id = b64.from(one.id);
        }
        const credential = publicKey.user ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
        form.elements.answer.value = JSON.stringify(readable(credential));
        form.dataset.sent = "";
        form.requestSubmit();
      } catch (fault) {
        toast(form.dataset.failed || "That did not work.");
      }
    });
  }

  dress(document);
})();
