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
  if (!root.querySelector('input, select, textarea')) return root.innerText ?? root.textContent ?? '';
  let out = '', muted = false;
  const walk = (n) => {
    if (n.nodeType === 3) { if (!muted) out += n.nodeValue; return; }
    if (n.nodeType !== 1 || /^(SCRIPT|STYLE|BUTTON|NOSCRIPT)$/.test(n.tagName)) return;
    if (isControl(n)) {
      if (ticking(n)) muted = !n.checked;
      else { muted = false; out += value(n); }
      return;
    }
    for (const c of n.childNodes) walk(c);
  };
  walk(root);
  return out;
}
