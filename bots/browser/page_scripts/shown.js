// The text of an element as a person reads it: inputs as the values they show, and for radio buttons and tick
// boxes only the text beside those that are on.
(root) => {
  const ticking = (e) => e.tagName === 'INPUT' && (e.type === 'radio' || e.type === 'checkbox');
  const value = (e) => {
    if (e.tagName === 'SELECT') return [...e.selectedOptions].map((o) => o.text.trim()).join('|');
    return e.value;
  };
  const isControl = (e) => e.nodeType === 1 && (e.tagName === 'SELECT' || e.tagName === 'TEXTAREA' ||
    (e.tagName === 'INPUT' && !/^(hidden|submit|button|reset|image|password|file)$/.test(e.type)));
  if (ticking(root)) return root.checked ? 'true' : 'false';
  if (isControl(root)) return value(root);
  if (root.tagName === 'INPUT' && /^(submit|button|reset|image)$/.test(root.type)) return root.value || root.alt;
  // Text within one line of markup is returned with the white space that the system sent, of which a browser shows less;
  // only what is around it and around line breaks may be the layout of the source. Otherwise, as it is displayed.
  const LAYOUT = '[ \\t\\r\\n]*';
  // A cell with nothing but &nbsp; is how old pages draw an empty one with its border.
  const trimmed = (s) => (/^\s*$/.test(s) && !s.includes('\u3000') ? '' : s.replace(new RegExp(`^${LAYOUT}|${LAYOUT}$`, 'g'), ''));
  const exact = () => {
    const parts = [];
    const collect = (n) => {
      if (n.nodeType === 3) parts.push(n.nodeValue);
      else if (n.nodeName === 'BR') parts.push('\0');
      else n.childNodes.forEach(collect);
    };
    collect(root);
    return trimmed(parts.join('')).replace(new RegExp(`${LAYOUT}\0${LAYOUT}`, 'g'), '\n');
  };
  const PHRASE = 'a, abbr, b, big, br, code, em, font, i, label, mark, nobr, s, small, span, strong, sub, sup, tt, u, wbr';
  if (!root.querySelector('input, select, textarea')) {
    const plain = [...root.querySelectorAll('*')].every((e) => e.matches(PHRASE) && (e.tagName === 'BR' || e.getClientRects().length));
    return plain && root.innerText !== undefined ? exact() : root.innerText ?? root.textContent ?? '';
  }
  let out = '', beside = '', muted = false;
  const entered = [];
  const walk = (n) => {
    if (n.nodeType === 3) { if (!muted) { out += n.nodeValue; beside += n.nodeValue; } return; }
    // A link beside an input is a way to somewhere else (検索, クリア), no part of the value.
    if (n.nodeType !== 1 || n.matches('script, style, button, noscript, a[href]')) return;
    if (isControl(n)) {
      if (ticking(n)) muted = !n.checked;
      else { muted = false; entered.push(value(n)); out += entered.at(-1); }
      return;
    }
    for (const c of n.childNodes) walk(c);
  };
  walk(root);
  // With nothing beside it an input's value is exact, its own white space included.
  return entered.length === 1 && !trimmed(beside) ? entered[0] : trimmed(out);
}
