// Covers everything in a frame that must not be visible with black boxes: elements that carry the mark already,
// passwords, and every element whose own text or value contains a hidden value, however it is grouped (1234-5678).
// Returns how many pixels of the frame do not fit into its window, and the number of boxes. A second run starts over.
([values, mark]) => {
  const tight = (s) => (s || '').normalize('NFKC').replace(/[\s\u3000\-ー,]+/g, '');
  const given = values.map(tight).filter((v) => v.length);
  const wanted = given.filter((v) => v.length > 2);
  // One or two characters occur in unrelated text: they are covered where they are all that is shown.
  const short = new Set(given.filter((v) => v.length <= 2));
  const holds = (s) => {
    const t = tight(s);
    return wanted.some((w) => t.includes(w)) || short.has(t);
  };
  document.getElementById(mark)?.remove();
  // Open shadow roots show values as well.
  const roots = (root) => [root, ...[...root.querySelectorAll('*')].flatMap((e) => (e.shadowRoot ? roots(e.shadowRoot) : []))];
  const every = (css) => roots(document).flatMap((root) => [...(root.body || root).querySelectorAll(css)]);
  const page = document.scrollingElement || document.documentElement; // the body, where no doctype is given
  const more = page.scrollHeight - page.clientHeight;
  if (!document.body) return [more, 0];
  for (const e of every('input, textarea, select')) {
    const shown = e.tagName === 'SELECT' ? Array.from(e.selectedOptions).map((o) => o.text).join() : e.value;
    if (e.type === 'password' || holds(shown)) e.setAttribute(mark, '');
  }
  const walk = (e) => {
    if (/^(SCRIPT|STYLE)$/.test(e.tagName) || !holds(e.innerText)) return;
    const deeper = Array.from(e.children).filter((c) => holds(c.innerText));
    if (deeper.length) deeper.forEach(walk);
    else e.setAttribute(mark, '');
  };
  if (wanted.length) [document.body, ...roots(document).slice(1).flatMap((root) => [...root.children])].forEach(walk);
  if (short.size) {
    for (const e of every('*:not(script):not(style):not(option)')) {
      if (![...e.children].some((c) => c.tagName !== 'BR') && short.has(tight(e.innerText))) e.setAttribute(mark, '');
    }
  }
  const boxes = [...(document.body.hasAttribute(mark) ? [document.body] : []), ...every(`[${mark}]`)].map((e) => e.getBoundingClientRect());
  if (!boxes.length || document.body.tagName === 'FRAMESET') return [more, boxes.length];
  // In a shadow root, and with every style set explicitly: no rule of the page can make the boxes transparent.
  const cover = document.createElement('utsushi-cover');
  cover.id = mark;
  cover.popover = 'manual'; // above the page's own message windows, too
  const style = { all: 'initial', position: 'fixed', inset: '0', display: 'block', overflow: 'visible', 'pointer-events': 'none', background: 'transparent' };
  for (const [name, value] of Object.entries(style)) cover.style.setProperty(name, value, 'important');
  const shadow = cover.attachShadow({ mode: 'closed' });
  for (const box of boxes) {
    const black = document.createElement('div');
    black.style.cssText = 'position:absolute;background:#000';
    for (const side of ['left', 'top', 'width', 'height']) black.style[side] = `${box[side]}px`;
    shadow.append(black);
  }
  document.body.append(cover);
  cover.showPopover();
  return [more, boxes.length];
}
