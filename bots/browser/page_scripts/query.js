// Creates the function that answers several queries about a frame in one call. A query names its elements by hops (the
// functions of locate.js, and css, nth, visible) or receives them, and names what to return: visible_text (of visible
// elements), page_text (of the whole page), values (of inputs), types, click_point (where to click), click_missed (whether
// a click hit another element), options (of a list), numbers (which of given elements), write (replace the value by a text), pick (an option).
// bots/browser/dom_query.py inserts the other two scripts.
() => {
  const find = LOCATE();
  const shown = SHOWN;
  const BUTTON_EVENTS = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
  let missed = false, removeGuard = () => {};
  const visible = (e) => {
    const box = e.getBoundingClientRect();
    return e.ownerDocument.defaultView.getComputedStyle(e).visibility === 'visible' && box.width > 0 && box.height > 0;
  };
  const values = (e) => {
    if (e.tagName === 'SELECT') return [e.value, ...[...e.selectedOptions].map((o) => o.text)];
    if (e.type === 'checkbox' || e.type === 'radio') return [String(e.checked)];
    return [e.type === 'file' ? [...e.files].map((f) => f.name).join('|') : e.value];
  };
  const belongs = (e, hit) => !!hit && (e.contains(hit) || [...(e.labels || [])].some((l) => l.contains(hit)));
  // The centre of an element (or of its label, when only the label is visible) in window coordinates; null when
  // another element covers it, or when something moves.
  const point = (e) => {
    const place = visible(e) ? e : [...(e.labels || [])].find(visible);
    if (!place || e.matches(':disabled') || document.getAnimations().some((a) => a.playState === 'running')) return null;
    place.scrollIntoViewIfNeeded();
    const box = [...place.getClientRects()].find((r) => r.width > 0 && r.height > 0);
    let x = box.left + box.width / 2, y = box.top + box.height / 2;
    if (!belongs(e, document.elementFromPoint(x, y))) return null;
    for (let view = window; view !== view.parent; view = view.parent) {
      const frame = view.frameElement, outside = frame.getBoundingClientRect();
      if (Math.abs(outside.width - frame.offsetWidth) > 1) return null; // a scaled frame: the offsets would be wrong
      x += outside.left + frame.clientLeft;
      y += outside.top + frame.clientTop;
      if (view.parent.document.elementFromPoint(x, y) !== frame) return null;
    }
    return [x, y];
  };
  // Until click_missed is queried, a click that begins on another element is blocked.
  const guard = (e) => {
    let hit = null;
    const check = (event) => {
      if (!event.isTrusted) return;
      hit = hit ?? belongs(e, event.composedPath()[0]);
      if (hit) return;
      missed = true;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    removeGuard();
    missed = false;
    BUTTON_EVENTS.forEach((name) => window.addEventListener(name, check, true));
    removeGuard = () => BUTTON_EVENTS.forEach((name) => window.removeEventListener(name, check, true));
  };
  const clickPoint = (e) => {
    try {
      const place = point(e);
      if (place) guard(e);
      return place;
    } catch {
      return null; // a frame of another origin: the browser does not reveal its position
    }
  };
  // Replaces the text of an input as a paste does: the browser cuts what exceeds maxlength and fires the events of the
  // change. False when that is not possible and nothing was written.
  const WRITABLE = 'textarea, input:not([type]), input[type=text], input[type=search], input[type=tel], input[type=url], input[type=password]';
  const write = (e, text) => {
    if (!e.matches(WRITABLE) || !visible(e) || e.matches(':disabled') || e.readOnly) return false;
    e.focus();
    if (document.activeElement !== e) return false;
    e.select();
    if (e.value && e.selectionEnd - e.selectionStart !== e.value.length) return false;
    const about = { inputType: 'insertText', data: text, bubbles: true, cancelable: true };
    if (!e.dispatchEvent(new InputEvent('beforeinput', about))) return false;
    return text ? document.execCommand('insertText', false, text) : !e.value || document.execCommand('delete');
  };
  // Selects the option of a list by its number and fires the same events as a person's choice.
  const pick = (e, index) => {
    const option = e.tagName === 'SELECT' && !e.multiple && e.options[index];
    if (!option || !visible(e) || e.matches(':disabled') || option.matches(':disabled')) return false;
    option.selected = true;
    for (const name of ['input', 'change']) e.dispatchEvent(new Event(name, { bubbles: true, composed: true }));
    return true;
  };
  const wanted = {
    click_point: (list) => (list.length === 1 ? list.map(clickPoint) : []),
    click_missed: () => (removeGuard(), [missed]),
    write: (list, text) => (list.length === 1 ? [write(list[0], text)] : []),
    pick: (list, index) => (list.length === 1 ? [pick(list[0], index)] : []),
    options: (list) => list.map((e) => [...(e.options || [])].map((o) => [o.value, o.text])),
    visible_text: (list) => list.filter((e) => e.getClientRects().length > 0 || e.tagName === 'AREA').map((e) => shown(e)),
    values: (list) => list.map(values),
    page_text: () => [document.body ? [document.body.innerText, ...find.shadow_text(document)].join('\n') : ''],
    types: (list) => list.map((e) => e.type || e.tagName),
    numbers: (list, among) => list.map((e) => among.indexOf(e)),
  };
  const hop = (list, [way, words]) => {
    if (way === 'nth') return list.slice(words, words + 1);
    if (way === 'visible') return list.filter(visible);
    const found = new Set();
    for (const root of list) for (const e of find[way](root, words)) found.add(e);
    return [...found];
  };
  const list = (hops, given) => {
    let now = given || [document];
    for (const one of hops) now = hop(now, one);
    return now;
  };
  return (questions, given) => questions.map(([hops, what, more]) => wanted[what](list(hops, given), more));
}
