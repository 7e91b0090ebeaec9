"use strict";
// Searches the index that stands in this page. Nothing is loaded, so it works from a file as well.
(() => {
  const index = JSON.parse(document.getElementById("index").textContent);
  const box = document.getElementById("search");
  const list = document.getElementById("results");
  const said = document.getElementById("said");
  const MOST = 40;

  // `order_ids[]`, "order ids" and "order-ids" are the same to a reader.
  const plain = (text) => text.toLowerCase().replace(/[^a-z0-9/{}|]+/g, " ").trim();
  for (const entry of index) {
    entry.name = plain(entry.title);
    entry.all = plain([entry.title, entry.vendor, entry.of, entry.about].join(" "));
  }

  const rank = (entry, words) => {
    if (!words.every((word) => entry.all.includes(word))) return -1;
    const query = words.join(" ");
    let points = entry.of ? 0 : 1;
    if (entry.name === query) points += 8;
    else if (entry.name.startsWith(query)) points += 4;
    else if (words.every((word) => entry.name.includes(word))) points += 2;
    return points;
  };

  const row = (entry) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = entry.url;
    const title = document.createElement("code");
    title.textContent = entry.title;
    const about = document.createElement("small");
    const kind = entry.of ? `parameter of ${entry.vendor} ${entry.of}` : `${entry.vendor}, ${entry.effect}`;
    about.textContent = entry.about ? `${kind}: ${entry.about}` : kind;
    link.append(title, about);
    link.addEventListener("click", close);
    item.append(link);
    return item;
  };

  const close = () => {
    list.hidden = true;
  };

  const search = () => {
    const words = plain(box.value).split(" ").filter(Boolean);
    if (words.length === 0) {
      said.textContent = "";
      list.replaceChildren();
      return close();
    }
    const found = index
      .map((entry) => [rank(entry, words), entry])
      .filter(([points]) => points >= 0)
      .sort(([one], [other]) => other - one);
    said.textContent = `${found.length} found`;
    list.replaceChildren(...found.slice(0, MOST).map(([, entry]) => row(entry)));
    if (found.length === 0 || found.length > MOST) {
      const item = document.createElement("li");
      item.className = "quiet";
      item.textContent = found.length === 0 ? "Nothing found" : `and ${found.length - MOST} more`;
      list.append(item);
    }
    list.hidden = false;
  };

  box.addEventListener("input", search);
  box.addEventListener("focus", search);
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".search")) close();
  });
  document.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    const isOpen = !list.hidden && (document.activeElement === box || at >= 0);
    if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape" && isOpen) {
      box.focus();
      close();
    } else if (event.key === "ArrowDown" && isOpen) {
      event.preventDefault();
      (links[at + 1] || links[at])?.focus();
    } else if (event.key === "ArrowUp" && isOpen) {
      event.preventDefault();
      (links[at - 1] || box).focus();
    } else if (event.key === "Enter" && document.activeElement === box && links.length > 0) {
      links[0].click();
    }
  });
})();
