/*
 * The chat on an organisation's page: one custom element, no dependency, no build step (ES2020).
 *
 *   <paaroerende-chat title="..." kept="..." privacy="https://..." position="right|left|inline" exit="https://...">
 *     numbers to ring, as HTML
 *   </paaroerende-chat>
 *   <script src="https://HOST/webhooks/web/widget.js" defer></script>
 *
 * The server is the folder of this script. What is written reaches the page as text only, and lives in sessionStorage.
 */
(() => {
  "use strict";

  const NAME = "paaroerende-chat";
  const SERVER = new URL(".", document.currentScript?.src || document.baseURI).href;
  const TIMEOUT = 15000; // ms until a call counts as failed
  const SLOW = 6000; // ms until the waiting line says that it takes longer
  const SHIFT_PAUSE = 5000; // ms between two presses of Shift
  const LONG_TEXT = 800; // characters from which the counter shows
  const MOST_LINES = 80; // messages kept for a reload
  const EXIT = "https://www.dmi.dk/";
  const NARROW = "(max-width: 30em)";

  // ---------------------------------------------------------------- words

  const WORDS = {
    title: "Chat for pårørende",
    danger: "Fare for liv?",
    ring: "Ring",
    sms: "Sms",
    exit: "Forlad siden hurtigt",
    menu: "Menu",
    talk: "Samtalen",
    messages: "Beskeder",
    close: "Luk",
    save: "Gem mine næste skridt",
    print: "Udskriv",
    download: "Hent som tekst",
    cancel: "Fortryd",
    remove: "Slet samtalen",
    again: "Send igen",
    retry: "Prøv igen",
    restart: "Begynd en ny samtale",
    label: "Skriv her",
    send: "Send",
    you: "Du skrev:",
    assistant: "Svar:",
    urgent: "Det haster",
    choices: "Du kan vælge",
    vote: "Hjalp svaret?",
    up: "Ja, det hjalp",
    down: "Nej, det hjalp ikke",
    thanks: "Tak.",
    voteFailed: "Det kom ikke frem.",
    why: "Hvorfor?",
    more: "Mere om det, og kilder",
    about: "Mere om numrene",
    site: "Hjemmeside:",
    newTab: "(åbner i ny fane)",
    seen: "set",
    forWhom: "For dig, der er bekymret for en, du holder af, eller er slidt af at hjælpe.",
    machine: "Du skriver med en maskine, ikke et menneske. Den kan tage fejl.",
    anonymous: "Du er anonym. Skriv ikke navne, adresser eller cpr-numre.",
    kept: "Det, du skriver, ligger uden navn på en server. Det bliver slettet, når du trykker Slet samtalen eller Forlad siden hurtigt. Ellers ligger det der, til serveren startes igen.",
    privacy: "Læs om dine oplysninger",
    leave: "Skal du væk hurtigt? Tryk på Forlad siden hurtigt, eller tryk tre gange på Shift-tasten. Så sletter jeg samtalen og viser en anden side. Men browseren husker stadig, at du har været her. Det kan du selv slette i dens historik.",
    numbers: "Ring, hvis det haster",
    fallback: "Er der fare for liv, så ring 112. Haster det ellers, så ring til egen læge på hverdage kl. 8-16. Ellers ring til lægevagten.",
    waiting: "Jeg finder et svar. Vent lidt.",
    slow: "Det tager lidt længere end ellers. Er der fare for liv, så ring 112.",
    queued: "Jeg sender det, så snart svaret er her.",
    lost: "Det kom ikke frem. Det, du skrev, står stadig i feltet. Er der fare for liv, så ring 112.",
    offline: "Chatten svarer ikke lige nu. Du kan godt ringe. Er der fare for liv, så ring 112.",
    refused: "Det kunne jeg ikke læse. Prøv at skrive det på en anden måde. Er der fare for liv, så ring 112.",
    renewed: "Den gamle samtale var udløbet. Jeg er begyndt på en ny.",
    sure: "Vil du slette samtalen? Så er den helt væk.",
    yes: "Ja, slet den",
    no: "Nej, behold den",
    deleted: "Samtalen er slettet, både her og på serveren.",
    deleting: "Sletter samtalen. Vent lidt.",
    deletedUnknown: "Samtalen er slettet her. Serveren kender den ikke.",
    deletedHere: "Samtalen er slettet her. Men serveren svarede ikke, så den kan stadig ligge dér.",
    saving: "Andre, der bruger din telefon eller computer, kan finde filen. Papiret kan de også finde.",
    steps: "Mine næste skridt",
    file: "mine-naeste-skridt.txt",
    checkedNote: "Tider og numre kan have ændret sig. Er der fare for liv, så ring 112.",
    shift: ["", "Tryk to gange mere på Shift for at forlade siden.", "Tryk én gang mere på Shift for at forlade siden."],
    count: (length) => `${length} tegn. Skriv gerne under 1.000.`,
  };

  // ---------------------------------------------------------------- style

  const STYLE = `
    :host { --bg: var(--pv-bg, #fff); --fg: var(--pv-fg, #1b2733); --soft: var(--pv-soft, #eef3f5);
      --line: var(--pv-line, #6b7a86); --accent: var(--pv-accent, #1d5c63); --on-accent: var(--pv-on-accent, #fff);
      --danger: var(--pv-danger, #a3181d); --on-danger: var(--pv-on-danger, #fff);
      --urgent: var(--pv-urgent, #fdf0ef); --own: var(--pv-own, #dcecee);
      display: block; font: max(16px, 1rem)/1.5 var(--pv-font, system-ui, sans-serif); }
    @media (prefers-color-scheme: dark) { :host {
      --bg: var(--pv-dark-bg, #16202a); --fg: var(--pv-dark-fg, #edf2f5); --soft: var(--pv-dark-soft, #22303c);
      --line: var(--pv-dark-line, #93a4b1); --accent: var(--pv-dark-accent, #8fd0d6);
      --on-accent: var(--pv-dark-on-accent, #0d1b20); --danger: var(--pv-dark-danger, #ffb3ad);
      --on-danger: var(--pv-dark-on-danger, #2a0808); --urgent: var(--pv-dark-urgent, #3a1d1f);
      --own: var(--pv-dark-own, #1f4147); } }
    .panel, .launcher { color-scheme: light dark; }
    [hidden] { display: none !important; }
    * { box-sizing: border-box; }
    .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    a { color: var(--accent); text-underline-offset: .15em; }
    .phone { white-space: nowrap; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    button, .call { font: inherit; min-height: 44px; padding: .4em .9em; border: 1px solid var(--accent); border-radius: .5em;
      background: var(--bg); color: var(--accent); cursor: pointer; text-align: left; overflow-wrap: anywhere; }
    button:disabled { border-style: dashed; }
    .main, .call { background: var(--accent); color: var(--on-accent); font-weight: 600; }
    .danger { min-height: 44px; padding: .4em .9em; border: 1px solid var(--danger); border-radius: .5em;
      background: var(--danger); color: var(--on-danger); font-weight: 600; }
    .leave { background: var(--fg); border-color: var(--fg); color: var(--bg); font-weight: 600; }
    .call, .danger { display: inline-flex; align-items: center; text-decoration: none; white-space: normal; }
    .row { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; }

    .launcher { position: fixed; z-index: 2147483000; inset: auto 1em 1em auto; display: flex; flex-direction: column;
      gap: .5em; align-items: flex-end; max-width: calc(100vw - 2em); }
    .launcher button, .launcher a { box-shadow: 0 2px 8px #0006; }
    :host([position="left"]) .launcher { inset: auto auto 1em 1em; align-items: flex-start; }
    :host([position="inline"]) .launcher { position: static; align-items: flex-start; margin-top: 1em; }

    .panel { position: fixed; z-index: 2147483000; inset: auto 1em 1em auto; margin: 0; padding: 0; width: 26em;
      max-width: calc(100vw - 2em); height: 44em; max-height: calc(100vh - 2em); overflow: hidden; border: 1px solid var(--line);
      border-radius: .75em; background: var(--bg); color: var(--fg); box-shadow: 0 4px 24px #0006; }
    .panel[open], section.panel { display: flex; flex-direction: column; }
    :host([position="left"]) .panel { inset: auto auto 1em 1em; }
    :host([position="inline"]) .panel { position: static; width: 100%; max-width: 44em; box-shadow: none; max-height: 90vh; }
    header { padding: .5em .75em; border-bottom: 1px solid var(--line); }
    .always { display: flex; gap: .5em; margin-top: .5em; font-size: .95em; line-height: 1.25; }
    .always > * { flex: 1; justify-content: center; padding: .3em .5em; text-align: center; }
    h2 { flex: 1; margin: 0; font-size: 1.15em; line-height: 1.25; min-width: 5em; overflow-wrap: anywhere; }
    h3 { margin: 0 0 .25em; font-size: 1.05em; line-height: 1.3; }
    p, ul { margin: 0 0 .6em; overflow-wrap: anywhere; }
    ul { padding-left: 1.2em; }
    .menu, .ask { margin-top: .5em; }
    .talk { flex: 1; min-height: 6em; overflow: auto; padding: .75em; overscroll-behavior: contain; }
    .numbers { padding: .6em .75em; margin-bottom: .75em; border: 2px solid var(--danger); border-radius: .5em; overflow-wrap: anywhere; }
    .said { position: relative; margin: 0 0 .75em; padding: .6em .8em; border-radius: .6em; border: 1px solid transparent; background: var(--soft); } /* forced colours show the border */
    .said > :last-child, .card > :last-child, .note > :last-child { margin-bottom: 0; }
    .own { background: var(--own); margin-left: 2.5em; white-space: pre-wrap; overflow-wrap: anywhere; }
    .urgent { background: var(--urgent); border: 2px solid var(--danger); border-left-width: .5em; }
    .label { font-weight: 700; }
    .urgent .label { color: var(--danger); }
    .card { margin: 0 0 .75em; padding: .75em; background: var(--bg); border: 1px solid var(--line); border-radius: .5em; }
    .why { padding-left: .6em; border-left: .25em solid var(--accent); }
    summary { min-height: 44px; padding: .55em 0; cursor: pointer; color: var(--accent); }
    .note { margin: 0 0 .75em; padding: .6em .8em; border: 1px dashed var(--line); border-radius: .5em; }
    .choices { margin-bottom: .75em; }
    .vote { margin-bottom: .5em; font-size: .95em; }
    .thumb { display: inline-flex; padding: .5em .7em; }
    svg { width: 1.5em; height: 1.5em; fill: currentColor; }
    .turned { transform: rotate(180deg); }
    .status { margin: 0 .75em; }
    .busy::after { content: ""; display: inline-block; width: 1.5em; border-bottom: 4px dotted; margin-left: .3em; animation: dots 1.2s steps(4) infinite; }
    @keyframes dots { from { width: 0; } }
    form { padding: .6em .75em; border-top: 1px solid var(--line); }
    .write { display: flex; gap: .5em; align-items: flex-end; }
    label { display: block; font-weight: 600; }
    textarea { flex: 1; min-width: 0; font: inherit; min-height: 3.4em; max-height: 9em; padding: .4em .6em; resize: vertical;
      border: 1px solid var(--line); border-radius: .5em; background: var(--bg); color: var(--fg); }
    .count { margin: .3em 0 0; font-size: .9em; }
    @media (max-width: 30em) {
      :host(:not([position="inline"])) .panel { inset: 0; width: 100%; max-width: 100%; height: var(--height, 100%);
        max-height: none; border: 0; border-radius: 0; }
      :host(:not([position="inline"])) .launcher { inset: auto .5em .5em; flex-flow: row wrap; max-width: none; }
      .launcher > * { flex: 1; justify-content: center; text-align: center; }
      .own { margin-left: 1.5em; }
    }
    @media (max-height: 30em) {
      .panel[open], section.panel { display: block; overflow: auto; }
      .talk { overflow: visible; }
      header { display: contents; }
      header > * { margin: .5em .75em !important; }
      .always { position: sticky; top: 0; z-index: 1; margin: 0 !important; padding: .25em .75em; background: var(--bg); }
    }
    @media (prefers-reduced-motion: reduce) { .busy::after { animation: none; } }
  `;

  // Numbers in the chat take its colours, not those of the page.
  const INSIDE_STYLE = `
    ${NAME}[data-inside] * { color: inherit !important; background: none !important; }
    ${NAME}[data-inside] a { text-decoration: underline !important; }
  `;

  // While the steps are printed, the page holds them alone.
  const PRINT_STYLE = `
    @media screen { [data-pv-print] { display: none !important; } }
    @media print {
      body > :not([data-pv-print]) { display: none !important; }
      [data-pv-print] { display: block !important; font: 12pt/1.45 system-ui, sans-serif; color: #000; background: #fff; }
      [data-pv-print] article { break-inside: avoid; border-top: 1px solid #000; margin-top: 12pt; }
    }
  `;

  /** Adds a style as a strict Content-Security-Policy allows; gives a function that takes it away. */
  function addStyle(root, css) {
    if (!root.adoptedStyleSheets) {
      const node = el("style", {}, css); // browsers before 2023
      (root.head || root).append(node);
      return () => node.remove();
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return () => {
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet);
    };
  }

  // ---------------------------------------------------------------- text to nodes

  /** Makes an element. Functions are listeners; strings become text. */
  function el(tag, properties = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (typeof value === "function") node.addEventListener(name.slice(2), value);
      else if (value || value === 0 || value === "") node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child || child === 0));
    return node;
  }

  const words = (value) => (typeof value === "string" ? value.trim() : "");
  const list = (value) => (Array.isArray(value) ? value : []);
  const isPhone = (value) => typeof value === "string" && /^\d[\d ]{1,14}$/.test(value);
  const digits = (phone) => phone.replace(/ /g, "");
  const isObject = (value) => typeof value === "object" && value !== null;
  const button = (text, onclick, kind) => el("button", { type: "button", class: kind, onclick }, text);

  /** Gives an address as it may stand in a link, or null: https only, unless the page's author wrote it. */
  function safeAddress(value, protocols = ["https:"], base = undefined) {
    try {
      const url = new URL(value, base);
      return protocols.includes(url.protocol) ? url.href : null;
    } catch {
      return null;
    }
  }

  /** A link to call a number, or to write to it where the words before say so. */
  function phoneLink(phone, label, before = "") {
    const scheme = /sms\s*$/i.test(before) ? "sms:" : "tel:";
    return el("a", { class: "phone", href: scheme + digits(phone) }, label);
  }

  /** Splits a line into text and links; only the numbers given become links. */
  function linked(line, phones) {
    const numbers = list(phones).filter(isPhone).sort((a, b) => b.length - a.length);
    if (!numbers.length) return [line];
    const parts = line.split(new RegExp(`(${numbers.join("|")})(?![\\d-])`));
    return parts.map((part, index) => {
      const before = parts[index - 1] || "";
      return index % 2 && !/[\d-]$/.test(before) ? phoneLink(part, part, before) : part;
    });
  }

  /** Turns plain text into paragraphs, line breaks and lists ("- "). */
  function prose(text, phones) {
    return text.split(/\n{2,}/).filter(words).flatMap((paragraph) => paragraphNodes(paragraph.split("\n"), phones));
  }

  function paragraphNodes(lines, phones) {
    const nodes = [];
    for (const line of lines) {
      const last = nodes[nodes.length - 1];
      const kind = line.startsWith("- ") ? "UL" : "P";
      const same = last && last.tagName === kind;
      const target = same ? last : el(kind);
      if (!same) nodes.push(target);
      if (kind === "UL") target.append(el("li", {}, ...linked(line.slice(2), phones)));
      else target.append(...(same ? [el("br")] : []), ...linked(line, phones));
    }
    return nodes;
  }

  function thumb(turned) {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    const path = document.createElementNS(ns, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    if (turned) svg.setAttribute("class", "turned");
    path.setAttribute("d", "M2 10h4v11H2zM8 10l4-8h1q2 0 2 3l-1 4h6q2 0 2 2l-2 8q-1 2-2 2H8z");
    svg.append(path);
    return svg;
  }

  // ---------------------------------------------------------------- cards

  const day = (iso) => words(iso).replace(/^(\d{4})-0?(\d+)-0?(\d+)$/, "$3.$2.$1");

  const sourceText = (source) => [source.title, source.publisher].map(words).filter(Boolean).join(", ");

  /** Says a fact with its first words ("Pris:", "Skal din kære sige ja?") in bold. */
  function fact(text, phones) {
    if (!words(text)) return null;
    const [, lead, rest] = /^([^.:?]{3,40}[:?])(\s[^]*)$/.exec(words(text)) || [null, "", words(text)];
    return el("p", {}, lead && el("b", {}, lead), ...linked(rest, phones));
  }

  /** Draws one next step. */
  function cardNode(card, number) {
    const phones = list(card.phones).filter(isPhone);
    const address = safeAddress(card.url);
    const name = words(card.name);
    return el(
      "article",
      { class: "card" },
      el("h3", {}, number ? `${number}. ${name}` : name),
      words(card.summary) && el("p", {}, ...linked(words(card.summary), phones)),
      words(card.why) && el("p", { class: "why" }, words(card.why)),
      fact(card.how, phones),
      fact(card.hours),
      fact(card.price),
      fact(card.consent),
      fact(card.not_for, ["112", ...phones]),
      phones.length > 0 && el("p", { class: "row" }, ...phones.map((phone) => callLink(phone, words(card.how)))),
      address && el("p", {}, `${WORDS.site} `, outLink(address, new URL(address).hostname)),
      originNode(card),
    );
  }

  /** A big link; `how` tells whether the number takes text messages only. */
  function callLink(phone, how = "", name = "") {
    const text = how.includes(`Sms ${phone}`) && !how.includes(`Ring ${phone}`) ? WORDS.sms : WORDS.ring;
    const link = phoneLink(phone, `${text} ${phone}${name && `, ${name}`}`, text);
    link.className = phone === "112" ? "danger" : "call";
    return link;
  }

  function outLink(address, text) {
    return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text, ` ${WORDS.newTab}`);
  }

  function originNode(card) {
    const seen = day(card.checked);
    const sources = list(card.sources).filter(isObject).map((source) => {
      const address = safeAddress(source.url);
      return el("li", {}, address ? outLink(address, sourceText(source) || address) : sourceText(source));
    });
    if (!sources.length && !words(card.effect)) return null;
    return el(
      "details",
      {},
      el("summary", {}, WORDS.more + (seen && ` (${WORDS.seen} ${seen})`)),
      fact(card.effect),
      el("ul", {}, ...sources),
    );
  }

  /** Leaves out of a text what the cards say. */
  function besideCards(text, cards) {
    const names = cards.map((card) => words(card.name)).filter(Boolean);
    const said = new Set([...names.map((name) => `${name}.`), ...cards.flatMap((card) => Object.values(card).map(words))]);
    let inCard = false;
    return text
      .split("\n")
      .filter((line) => {
        const numbered = /^\d+\. (.*)/.exec(line);
        if (numbered) inCard = names.some((name) => numbered[1].startsWith(name));
        else if (!line.trim()) inCard = false;
        return !inCard && !(line.trim() && said.has(line.trim()));
      })
      .join("\n");
  }

  function answerNode(message) {
    const custom = isObject(message.custom) ? message.custom : {};
    const urgent = custom.kind === "urgent";
    const cards = cardsOf(message);
    const phones = list(custom.phones).filter(isPhone);
    const titles = offered(message).map((choice) => choice.title);
    const text = typeof message.text === "string" ? message.text : "";
    const drawn = cards.map((card, index) => cardNode(card, custom.kind === "steps" && index + 1));
    return el(
      "div",
      { class: urgent ? "said urgent" : "said" },
      el("span", { class: "sr" }, WORDS.assistant),
      ...(urgent ? urgentNodes(text, phones, cards, drawn) : [...prose(besideCards(text, cards), phones), ...drawn]),
      titles.length > 0 && el("p", { class: "sr" }, `${WORDS.choices}: ${titles.join(", ")}.`),
    );
  }

  /** In danger: first words, big links, the rest of the text, the cards folded away. */
  function urgentNodes(text, phones, cards, drawn) {
    const owner = (phone) => words(cards.find((card) => list(card.phones).includes(phone))?.name);
    const links = phones.slice(0, 4).map((phone) => callLink(phone, text, phone === "112" ? "" : owner(phone)));
    const [first, ...rest] = prose(text, phones);
    return [
      el("p", { class: "label" }, `! ${WORDS.urgent}`),
      first,
      links.length > 0 && el("p", { class: "row" }, ...links),
      ...rest,
      drawn.length > 0 && el("details", {}, el("summary", {}, WORDS.about), ...drawn),
    ];
  }

  const cardsOf = (message) => list(message.custom?.cards).filter(isObject);

  /** Gives the choices of a message but the one for the reason: it stands beside the vote. */
  function offered(message) {
    return list(message.buttons).filter((b) => isObject(b) && words(b.title) && words(b.payload) && b.payload !== "/hvorfor");
  }

  function stepsText(cards) {
    const blocks = cards.map((card) =>
      [
        words(card.name).toUpperCase(),
        ...[card.summary, card.why, card.how, card.hours, card.price, card.consent, card.not_for, card.effect].map(words),
        list(card.phones).filter(isPhone).join(", "),
        safeAddress(card.url),
        ...list(card.sources).filter(isObject).map((source) => `- ${sourceText(source)}`),
        words(card.checked) && `(${WORDS.seen} ${day(card.checked)})`,
      ].filter(Boolean).join("\r\n"),
    );
    return [WORDS.steps, ...blocks, WORDS.checkedNote].join("\r\n\r\n") + "\r\n";
  }

  function stepsPage(cards) {
    const page = el("div", { "data-pv-print": true, lang: "da" }, el("h1", {}, WORDS.steps), ...cards.map((card) => cardNode(card)));
    page.querySelectorAll("details").forEach((details) => (details.open = true));
    page.append(el("p", {}, WORDS.checkedNote));
    return page;
  }

  // ---------------------------------------------------------------- server

  /** Calls the server; throws when no answer comes in time. */
  async function call(path, { method = "POST", token, body, keepalive = false } = {}) {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), TIMEOUT);
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    try {
      const response = await fetch(SERVER + path, {
        method, headers, keepalive, body: body && JSON.stringify(body), signal: control.signal,
        cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer",
      });
      const data = response.status === 204 ? {} : await response.json().catch(() => null);
      return { status: response.status, data: isObject(data) ? data : {} };
    } finally {
      clearTimeout(timer);
    }
  }

  // ---------------------------------------------------------------- storage

  // What a tab knows of its talk: `sent` from the first word of the person on, `begun` while it stands in the chat.
  const newTalk = () => ({ token: null, begun: false, sent: false, lines: [], draft: "", open: false });

  /** The talk of this tab. A browser may forbid storage. */
  const storage = {
    read() {
      try {
        const found = JSON.parse(sessionStorage.getItem(NAME));
        return isObject(found) && Array.isArray(found.lines) ? { ...newTalk(), ...found } : null;
      } catch {
        return null;
      }
    },
    write(talk) {
      try {
        sessionStorage.setItem(NAME, JSON.stringify({ ...talk, lines: talk.lines.slice(-MOST_LINES) }));
      } catch {}
    },
    wipe() {
      try {
        sessionStorage.removeItem(NAME);
      } catch {}
    },
  };

  /** Takes a talk for this tab, until the page ends. A duplicated tab has a copy of the storage, and gets false. */
  function hold(token) {
    if (!navigator.locks) return Promise.resolve(true);
    const control = new AbortController();
    setTimeout(() => control.abort(), 400);
    return new Promise((resolve) => {
      const keep = () => new Promise(() => resolve(true));
      navigator.locks.request(`${NAME} ${token}`, { signal: control.signal }, keep).catch((fault) => resolve(fault.name !== "AbortError"));
    });
  }

  // ---------------------------------------------------------------- the element

  class PaaroerendeChat extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.talk = newTalk();
      this.unerased = new Set(); // tokens of talks that the server has still to delete
      this.over = false; // the talk has been deleted, and no new one begun
      this.waiting = false;
      this.queued = false; // the text in the field goes out after the answer
      this.readAttributes();
      this.build();
      this.restore();
      this.watchShift();
      addEventListener("pageshow", (event) => event.persisted && this.comeBack());
      window.visualViewport?.addEventListener("resize", () => this.fitKeyboard());
      matchMedia(NARROW).addEventListener?.("change", () => this.talk.open && this.changeWidth());
    }

    readAttributes() {
      this.heading = this.getAttribute("title") || WORDS.title;
      this.removeAttribute("title"); // else a tooltip lies over the whole chat
      const written = (name) => this.getAttribute(name) && safeAddress(this.getAttribute(name), ["https:", "http:"], document.baseURI);
      this.kept = this.getAttribute("kept") || WORDS.kept;
      this.inline = this.getAttribute("position") === "inline";
      this.privacy = written("privacy");
      this.exitAddress = written("exit") || EXIT;
    }

    // ------------------------------------------------------------ parts

    build() {
      const root = this.attachShadow({ mode: "open" });
      addStyle(root, STYLE);
      addStyle(document, INSIDE_STYLE);
      this.slotted = el("slot", {}, el("p", {}, ...linked(WORDS.fallback, ["112"])));
      this.numbers = el("div", { class: "numbers" }, el("h3", {}, WORDS.numbers));
      if (!this.textContent.trim()) this.replaceChildren(); // blanks would keep the fallback away
      this.onPage = el("div", { hidden: !this.textContent.trim() });
      this.openButton = button(this.heading, () => this.open(), "main");
      this.cornerExit = button(WORDS.exit, () => this.exit(), "leave");
      this.launcher = el("div", { class: "launcher", lang: "da" }, this.cornerExit, this.dangerLink(), this.openButton);
      this.panel = this.buildPanel();
      root.append(this.onPage, this.launcher, this.panel);
      this.show();
    }

    dangerLink() {
      return el("a", { class: "danger", href: "tel:112" }, `${WORDS.danger} ${WORDS.ring}\u00a0112`);
    }

    buildPanel() {
      const panel = el(
        this.inline ? "section" : "dialog",
        { class: "panel", lang: "da", "aria-labelledby": "heading", "aria-describedby": "intro", onkeydown: (event) => this.onEscape(event) },
        this.buildHeader(),
        this.buildTalk(),
        this.buildForm(),
      );
      panel.addEventListener("cancel", (event) => event.preventDefault()); // Escape is ours
      return panel;
    }

    buildHeader() {
      this.menuButton = button(WORDS.menu, () => this.toggleMenu());
      this.menuButton.setAttribute("aria-expanded", "false");
      this.saveButton = button(WORDS.save, () => this.askHowToSave());
      this.menu = el("div", { class: "menu row", hidden: true }, this.saveButton, button(WORDS.remove, () => this.askToDelete()));
      this.question = el("div", { class: "ask", hidden: true });
      return el(
        "header",
        {},
        el("div", { class: "row" }, el("h2", { id: "heading" }, this.heading), this.menuButton, button(WORDS.close, () => this.close())),
        el("div", { class: "always" }, this.dangerLink(), button(WORDS.exit, () => this.exit(), "leave")),
        this.menu,
        this.question,
      );
    }

    buildTalk() {
      this.intro = this.buildIntro();
      this.startNumbers = el("div");
      this.leaving = el("p", {}, WORDS.leave);
      this.log = el("div", { role: "log", "aria-live": "polite", "aria-label": WORDS.messages });
      this.choices = el("div", { class: "choices row", role: "group", "aria-label": WORDS.choices });
      this.feedback = el("div", { class: "vote row" });
      this.trouble = el("div", { class: "note", role: "alert", hidden: true });
      this.scroller = el(
        "div",
        { class: "talk", tabindex: 0, role: "region", "aria-label": WORDS.talk },
        this.intro, this.startNumbers, this.leaving, this.log, this.choices, this.feedback, this.trouble,
      );
      return this.scroller;
    }

    buildIntro() {
      return el(
        "div",
        { id: "intro" },
        el("p", {}, WORDS.forWhom),
        el("ul", {}, ...[WORDS.machine, WORDS.anonymous, this.kept].map((line) => el("li", {}, line))),
        this.privacy && el("p", {}, el("a", { href: this.privacy }, WORDS.privacy)),
      );
    }

    buildForm() {
      this.status = el("p", { class: "status", role: "status" });
      this.field = el("textarea", {
        id: "field", rows: 2, "aria-describedby": "count", enterkeyhint: "send", autocomplete: "off",
        oninput: () => this.onInput(), onkeydown: (event) => this.onKey(event),
      });
      this.counter = el("p", { id: "count", class: "count", hidden: true });
      this.form = el(
        "form",
        { onsubmit: (event) => (event.preventDefault(), this.submit()) },
        el("label", { for: "field" }, WORDS.label),
        el("div", { class: "write" }, this.field, el("button", { type: "submit", class: "main" }, WORDS.send)),
        this.counter,
      );
      return el("div", {}, this.status, this.form);
    }

    // ------------------------------------------------------------ states

    /** Shows what belongs to the present state. */
    show() {
      const { open, begun, sent } = this.talk;
      this.panel.hidden = !open;
      this.launcher.hidden = open;
      this.cornerExit.hidden = this.menuButton.hidden = !begun && !sent;
      this.intro.hidden = this.leaving.hidden = begun || this.over;
      this.form.hidden = this.over;
      this.saveButton.hidden = !this.cards().length;
      this.placeNumbers();
      this.dataset.state = this.state();
    }

    state() {
      if (!this.talk.open) return "closed";
      if (this.over) return "deleted";
      if (this.waiting) return "waiting";
      if (!this.trouble.hidden) return this.talk.token ? "failed" : "down";
      return this.talk.begun ? "talk" : "start";
    }

    /** Before a talk the numbers stand in the chat, without a server at the fault, else on the page. */
    placeNumbers() {
      const { open, begun } = this.talk;
      const place = !open ? null : this.troubleNumbers || (begun ? null : this.startNumbers);
      const parent = place ? this.numbers : this.onPage;
      if (this.slotted.parentNode !== parent) parent.append(this.slotted);
      this.toggleAttribute("data-inside", Boolean(place));
      if (place) place.append(this.numbers);
      else this.numbers.remove();
    }

    open(focus = true) {
      this.talk.open = true;
      this.showPanel();
      this.show();
      this.fitKeyboard();
      if (focus) this.focusFirst();
      const { talk } = this;
      if (!talk.begun && !this.over) this.begin().catch((fault) => talk === this.talk && this.fail(fault));
      storage.write(this.talk);
    }

    /** Into the field, unless that calls up the keyboard of a phone over the first words. */
    focusFirst() {
      const first = this.over || matchMedia(`${NARROW}, (pointer: coarse)`).matches ? this.scroller : this.field;
      first.focus({ preventScroll: true });
    }

    /** On a narrow screen the page behind must not take the focus. */
    showPanel() {
      if (this.inline) return;
      this.hidePanel();
      if (matchMedia(NARROW).matches && this.panel.showModal) this.panel.showModal();
      else this.panel.setAttribute("open", ""); // show() would move the focus
    }

    changeWidth() {
      const focused = this.shadowRoot.activeElement;
      this.open(false);
      focused?.focus({ preventScroll: true });
    }

    hidePanel() {
      if (this.inline) return;
      this.panel.close?.();
      this.panel.removeAttribute("open");
    }

    close() {
      this.talk.open = false;
      this.hidePanel();
      this.show();
      storage.write(this.talk);
      this.openButton.focus();
    }

    fitKeyboard() {
      const narrow = matchMedia(NARROW).matches;
      if (window.visualViewport) this.panel.style.setProperty("--height", narrow ? `${visualViewport.height}px` : "100%");
    }

    onEscape(event) {
      if (event.key !== "Escape") return;
      event.preventDefault();
      if (!this.question.hidden) this.closeQuestion();
      else if (!this.menu.hidden) this.toggleMenu(false);
      else if (!this.inline) this.close();
    }

    say(text, busy = false) {
      this.status.classList.toggle("busy", busy);
      if (this.status.textContent !== text) this.status.textContent = text;
    }

    // ------------------------------------------------------------ resuming

    async restore() {
      const found = storage.read();
      if (!found) return;
      if (found.token && !(await hold(found.token))) return storage.wipe();
      found.open = found.open || this.talk.open;
      this.talk = found;
      found.lines.forEach((line) => this.draw(line));
      this.field.value = found.draft;
      this.offer(found.lines[found.lines.length - 1]);
      if (found.open) this.open(false);
      this.show();
      this.scroller.scrollTop = this.scroller.scrollHeight;
    }

    /** The browser shows a page as it was left. */
    comeBack() {
      this.overlay?.remove();
      document.body.style.removeProperty("display");
      document.title = this.pageTitle || document.title;
      if (!storage.read()) this.forget();
    }

    // ------------------------------------------------------------ talking

    /** Begins a conversation, unless there is one, or throws. */
    begin() {
      if (this.talk.token) return Promise.resolve();
      if (!this.beginning) this.beginning = this.askForToken(this.talk).finally(() => (this.beginning = null));
      return this.beginning;
    }

    async askForToken(talk) {
      const { status, data } = await call("conversations", { body: {} });
      if (status !== 201 || !words(data.token)) throw { status, data };
      if (talk !== this.talk) return;
      talk.token = data.token;
      hold(talk.token);
      if (!talk.begun && !talk.lines.length) this.take(list(data.messages).filter(isObject));
      this.clearTrouble();
    }

    submit() {
      const text = this.field.value;
      if (!text.trim()) return this.field.focus();
      if (this.waiting) {
        this.queued = true;
        return this.say(WORDS.queued, true);
      }
      this.send({ text });
    }

    async send(input) {
      if (this.waiting) return;
      const talk = this.talk;
      const own = { own: input.text || input.title };
      if (input.text) this.setField("");
      talk.draft = input.text || talk.draft; // a reload while waiting finds it in the field again
      talk.begun = true;
      const bubble = this.draw(own);
      this.setWaiting(true);
      this.reveal(bubble);
      let answer, fault;
      try {
        answer = await this.deliver(input, talk);
      } catch (thrown) {
        fault = thrown || {};
      }
      if (talk !== this.talk) return; // deleted or left meanwhile
      this.setWaiting(false);
      if (fault) {
        bubble.remove();
        return this.fail(fault, input);
      }
      talk.lines.push(own);
      talk.draft = this.field.value;
      this.take(answer);
      this.sendQueued();
    }

    sendQueued() {
      if (!this.queued) return;
      this.queued = false;
      this.submit();
    }

    /** Gives the answer; on a worthless token it tries once more in a new conversation. */
    async deliver(input, talk, again = true) {
      await this.begin();
      talk.sent = true;
      const body = input.text ? { text: input.text } : { choice: input.choice };
      const { status, data } = await call("messages", { token: talk.token, body });
      if (status === 401 && again && talk === this.talk) {
        this.erase(talk.token);
        talk.token = null;
        await this.begin();
        if (talk !== this.talk) return [];
        this.add({ note: WORDS.renewed });
        return this.deliver({ text: input.text || input.title }, talk, false);
      }
      // its answer was lost, and its turn is over
      if (status === 400 && input.resent && !input.text) return this.deliver({ text: input.title }, talk, again);
      if (status !== 200) throw { status, data };
      const messages = list(data.messages).filter(isObject);
      if (!messages.some((message) => words(message.text))) throw { status: 502 };
      return messages;
    }

    setWaiting(waiting) {
      this.waiting = waiting;
      clearTimeout(this.slowTimer);
      if (waiting) {
        this.clearTrouble();
        this.slowTimer = setTimeout(() => this.say(WORDS.slow, true), SLOW);
      }
      this.say(waiting ? WORDS.waiting : "", waiting);
      this.choices.querySelectorAll("button").forEach((choice) => (choice.disabled = waiting));
      this.feedback.hidden = waiting;
      this.show();
      storage.write(this.talk);
    }

    take(messages) {
      const nodes = messages.map((message) => this.add({ message }));
      this.offer(this.talk.lines[this.talk.lines.length - 1]);
      this.show();
      storage.write(this.talk);
      if (this.talk.begun) this.reveal(nodes[0]);
    }

    add(line) {
      this.talk.lines.push(line);
      return this.draw(line);
    }

    draw({ own, note, message }) {
      const node = message
        ? answerNode(message)
        : note
          ? el("p", { class: "note" }, words(note))
          : el("div", { class: "said own" }, el("span", { class: "sr" }, `${WORDS.you} `), String(own));
      this.log.append(node);
      return node;
    }

    /** Scrolls the talk, not the page, to the beginning of a message. */
    reveal(node) {
      for (const box of node ? [this.scroller, this.panel] : []) {
        if (box.scrollHeight > box.clientHeight) box.scrollTop += node.getBoundingClientRect().top - box.getBoundingClientRect().top - 8;
      }
    }

    // ------------------------------------------------------------ choices, reasons, votes

    offer(line) {
      const turn = this.lastTurn();
      const buttons = turn.flatMap(offered);
      this.choices.replaceChildren(...buttons.map((choice) => this.choiceButton(choice, words(choice.title))));
      this.choices.hidden = !buttons.length;
      const answer = turn.find((message) => isObject(message.custom));
      this.feedback.replaceChildren(...(answer && line ? this.feedbackParts(answer, turn) : []));
    }

    lastTurn() {
      const { lines } = this.talk;
      const first = lines.map((line) => !line.message).lastIndexOf(true) + 1;
      return lines.slice(first).map((line) => line.message);
    }

    choiceButton({ payload, title }, text) {
      return button(text, (event) => {
        this.keepFocus(event);
        this.send({ choice: payload, title: words(title) });
      });
    }

    /** The button goes away: keys go on in the field; a finger must not call up a phone's keyboard. */
    keepFocus(event) {
      (event.detail === 0 ? this.field : this.scroller).focus({ preventScroll: true });
    }

    feedbackParts(message, turn) {
      const { kind, need } = message.custom;
      const why = turn.flatMap((m) => list(m.buttons)).find((b) => isObject(b) && b.payload === "/hvorfor");
      const parts = why ? [this.choiceButton({ ...why, title: words(why.title) || WORDS.why }, WORDS.why)] : [];
      // in danger nobody is asked for an opinion
      return ["answer", "steps", "fallback"].includes(kind) ? [...parts, ...this.voteParts(kind, need)] : parts;
    }

    voteParts(kind, need) {
      const thumbs = [["up", WORDS.up], ["down", WORDS.down]].map(([vote, name]) => {
        const node = el("button", { type: "button", class: "thumb", "aria-label": name, onclick: (event) => this.vote({ vote, kind, need }, event) });
        node.append(thumb(vote === "down"));
        return node;
      });
      const box = el("span", { class: "row", role: "group", "aria-label": WORDS.vote }, WORDS.vote, ...thumbs);
      this.voteBox = el("span", { "aria-live": "polite" }, box);
      return [this.voteBox];
    }

    async vote(body, event) {
      const box = this.voteBox;
      this.keepFocus(event);
      box.querySelectorAll("button").forEach((node) => (node.disabled = true)); // a double click is one vote
      const sent = await call("votes", { token: this.talk.token, body }).catch(() => ({ status: 0 }));
      box.replaceChildren(sent.status === 204 ? WORDS.thanks : WORDS.voteFailed);
    }

    // ------------------------------------------------------------ failures

    fail({ status = 0, data = {} }, input) {
      const down = status === 0 || status >= 500;
      this.queued = false;
      if (input?.text) this.setField([input.text, this.field.value].filter(words).join("\n"));
      if (!this.log.querySelector(".own")) this.talk.begun = false;
      const sentence = words(data.error) || (!down && input ? WORDS.refused : input?.text ? WORDS.lost : WORDS.offline);
      const retry = input ? () => (input.text ? this.submit() : this.send({ ...input, resent: true })) : () => this.open(false);
      const worthIt = down || [401, 408, 429].includes(status) || !input;
      const phones = list(data.phones).filter(isPhone);
      this.troubleNumbers = down ? el("div") : null;
      this.trouble.replaceChildren(
        el("p", {}, ...linked(sentence, [...phones, "112"])),
        el("p", { class: "row" }, ...phones.slice(0, 4).map((phone) => callLink(phone))),
        ...(worthIt ? [el("p", {}, button(input ? WORDS.again : WORDS.retry, retry, "main"))] : []),
        ...(down ? [this.troubleNumbers] : []),
      );
      this.trouble.hidden = false;
      this.show();
      storage.write(this.talk);
      this.reveal(this.trouble);
    }

    clearTrouble() {
      if (this.trouble.contains(this.shadowRoot.activeElement)) this.field.focus({ preventScroll: true });
      this.trouble.hidden = true;
      this.troubleNumbers = null;
      this.placeNumbers();
      this.trouble.replaceChildren();
      this.dataset.state = this.state();
    }

    // ------------------------------------------------------------ writing

    setField(text) {
      this.field.value = text;
      this.onInput();
    }

    onInput() {
      const { length } = this.field.value;
      this.counter.hidden = length <= LONG_TEXT;
      this.counter.textContent = length > LONG_TEXT ? WORDS.count(length) : "";
      this.talk.draft = this.field.value;
      storage.write(this.talk);
    }

    onKey(event) {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    }

    // ------------------------------------------------------------ menu: save, delete

    toggleMenu(open = this.menu.hidden) {
      this.menu.hidden = !open;
      this.menuButton.setAttribute("aria-expanded", String(open));
      if (!open) this.menuButton.focus();
    }

    /** Asks in place of the menu. */
    ask(text, ...answers) {
      this.menu.hidden = true;
      this.menuButton.setAttribute("aria-expanded", "false");
      const line = el("p", { id: "asked" }, text);
      this.question.replaceChildren(line, el("div", { class: "row", role: "group", "aria-labelledby": "asked" }, ...answers));
      this.question.hidden = false;
      answers[0].focus();
    }

    closeQuestion() {
      this.question.hidden = true;
      this.menuButton.focus();
    }

    /** The cards of the talk, each once. */
    cards() {
      const cards = this.talk.lines.flatMap((line) => (line.message ? cardsOf(line.message) : []));
      return [...new Map(cards.map((card) => [card.id, card])).values()];
    }

    askHowToSave() {
      const done = (save) => () => (this.closeQuestion(), save.call(this));
      this.ask(
        WORDS.saving,
        button(WORDS.print, done(this.print), "main"),
        button(WORDS.download, done(this.download)),
        button(WORDS.cancel, () => this.closeQuestion()),
      );
    }

    print() {
      this.endPrint?.();
      const page = stepsPage(this.cards());
      const removeStyle = addStyle(document, PRINT_STYLE);
      this.endPrint = () => (page.remove(), removeStyle());
      document.body.append(page);
      addEventListener("afterprint", this.endPrint, { once: true });
      print();
    }

    download() {
      const file = new Blob(["\ufeff", stepsText(this.cards())], { type: "text/plain;charset=utf-8" });
      const link = el("a", { href: URL.createObjectURL(file), download: WORDS.file });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    }

    askToDelete() {
      this.ask(WORDS.sure, button(WORDS.yes, () => this.delete(), "leave"), button(WORDS.no, () => this.closeQuestion()));
    }

    /** Deletes a conversation on the server; what fails is tried again at restart and exit. */
    async erase(token) {
      this.unerased.add(token);
      const { status } = await call("conversation", { method: "DELETE", token, keepalive: true }).catch(() => ({}));
      if (status === 204 || status === 401) this.unerased.delete(token);
      return status;
    }

    async delete(token = this.talk.token) {
      this.forget(true);
      this.over = true;
      this.show();
      this.say(WORDS.deleting, true);
      this.scroller.focus({ preventScroll: true });
      const { talk } = this;
      const status = token ? await this.erase(token) : 204;
      if (talk !== this.talk) return; // left meanwhile
      this.say("");
      const next = [button(WORDS.restart, () => this.restart(), "main")];
      if (this.unerased.has(token)) next.unshift(button(WORDS.retry, () => this.delete(token)));
      this.log.append(el("p", { class: "note" }, status === 204 ? WORDS.deleted : status === 401 ? WORDS.deletedUnknown : WORDS.deletedHere));
      this.choices.replaceChildren(...next);
      this.choices.hidden = false;
      next[0].focus();
    }

    restart() {
      this.unerased.forEach((token) => this.erase(token));
      this.forget(true);
      this.open();
    }

    forget(open = false) {
      storage.wipe();
      this.endPrint?.(); // some browsers never say that they have printed
      this.talk = { ...newTalk(), open };
      this.over = this.waiting = this.queued = false;
      this.beginning = null;
      clearTimeout(this.slowTimer);
      for (const part of [this.log, this.choices, this.feedback, this.question]) part.replaceChildren();
      this.field.value = this.counter.textContent = "";
      this.counter.hidden = this.menu.hidden = this.question.hidden = true;
      this.menuButton.setAttribute("aria-expanded", "false");
      this.clearTrouble();
      this.say("");
      if (!open) this.hidePanel();
      this.show();
    }

    // ------------------------------------------------------------ quick exit

    /** Hides all at once, wipes both ends, and goes to a page from which Back does not return. */
    exit() {
      const { token } = this.talk;
      document.body.style.setProperty("display", "none", "important");
      this.overlay = el("div", { lang: "da", role: "alert" });
      this.overlay.style.cssText = "position:fixed;inset:0;background:#fff;z-index:2147483647";
      document.documentElement.append(this.overlay);
      this.pageTitle = document.title;
      document.title = "…";
      this.forget();
      if (token) this.unerased.add(token);
      this.unerased.forEach((left) => this.erase(left));
      location.replace(this.exitAddress);
    }

    /** Three presses of Shift alone. */
    watchShift() {
      let presses = 0, alone = false, timer;
      const reset = () => {
        if (presses) this.say(this.waiting ? WORDS.waiting : "", this.waiting);
        presses = 0;
      };
      document.addEventListener("keydown", (event) => {
        alone = event.key === "Shift";
        if (!alone) reset();
      }, true);
      document.addEventListener("keyup", (event) => {
        if (event.key !== "Shift" || !alone || !(this.talk.open || this.talk.begun || this.talk.sent)) return;
        clearTimeout(timer);
        timer = setTimeout(reset, SHIFT_PAUSE);
        presses += 1;
        if (presses === 3) this.exit();
        else this.say(WORDS.shift[presses], this.waiting);
      }, true);
    }
  }

  // ---------------------------------------------------------------- start

  function start() {
    customElements.define(NAME, PaaroerendeChat);
    if (!document.querySelector(NAME)) document.body.append(document.createElement(NAME));
  }

  if (!window.customElements || customElements.get(NAME)) return;
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
