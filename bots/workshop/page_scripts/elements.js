// Lists what a person can point at on the page of one frame, in open shadow roots too, with everything that could name it.
// Returns the elements themselves and, for each, plain facts; bots/workshop/proposals.py makes locators of the facts and
// proves them. Cells around inputs follow the list: a locator may find the cell instead of its input.
() => {
  const CONTROLS = 'input:not([type=hidden]), select, textarea';
  const PRESSED = 'button, input[type=submit], input[type=button], input[type=reset], input[type=image], [role=button], [role=option], [role=menuitem], [role=tab], [role=combobox], [role=treeitem], summary';
  const MOST = 700, LONG = 60;
  const tight = (s) => (s || '').replace(/[\s\u3000]+/g, '');
  const line = (s) => (s || '').replace(/[\s\u3000]+/g, ' ').trim();
  const seen = (e) => {
    const style = getComputedStyle(e), box = e.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && style.visibility === 'visible' && style.display !== 'none';
  };
  const text = (n) => {
    if (n.nodeType === 3) return n.nodeValue;
    if (n.nodeType !== 1 || /^(SCRIPT|STYLE|SELECT|TEXTAREA|BUTTON|NOSCRIPT|OPTION)$/.test(n.tagName)) return '';
    return [...n.childNodes].map(text).join('');
  };
  const ticking = (e) => e.tagName === 'INPUT' && (e.type === 'radio' || e.type === 'checkbox');
  const visibleControls = (e) => [...e.querySelectorAll(CONTROLS)].filter((c) => seen(c) && !/^(submit|button|reset|image)$/.test(c.type));

  // Marks beside a label do not count for the locators, and come and go.
  const bare = (s) => line(s).replace(/\s*[*※:：]+$|^[*※]+\s*/g, '').replace(/\s*[(（【]?必須[)）】]?$/, '') || line(s);
  const kindOf = (e) => {
    if (e.tagName === 'INPUT') {
      if (/^(submit|button|reset|image)$/.test(e.type)) return 'button';
      // pragma: allowlist nextline secret
      return { password: 'password', checkbox: 'check', radio: 'radio', file: 'file', hidden: '' }[e.type] ?? 'input';
    }
    if (e.tagName === 'SELECT') return 'select';
    if (e.tagName === 'TEXTAREA') return 'input';
    if (e.matches('a[href], a[onclick], area, [role=link]')) return 'link';
    if (e.matches(PRESSED) || e.matches('[onclick]')) return 'button';
    return '';
  };
  // Frameworks add listeners that no attribute shows; the pointer says that something can be pressed.
  const pointed = (e) => getComputedStyle(e).cursor === 'pointer' && !(e.parentElement && getComputedStyle(e.parentElement).cursor === 'pointer')
    && !e.closest('a[href], button, label, select');
  const ownText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && tight(n.nodeValue));

  const roots = [document];
  for (let i = 0; i < roots.length; i++) for (const e of roots[i].querySelectorAll('*')) if (e.shadowRoot) roots.push(e.shadowRoot);
  const acted = [], shown = [];
  for (const root of roots) {
    for (const e of root.querySelectorAll('*')) {
      if (/^(SCRIPT|STYLE|HEAD|TITLE|META|LINK|OPTION|HTML|BODY|FRAMESET|FRAME|IFRAME|NOSCRIPT|BR)$/.test(e.tagName)) continue;
      const kind = kindOf(e);
      if (kind && (seen(e) || e.tagName === 'AREA' || (ticking(e) && [...(e.labels || [])].some(seen)))) acted.push([e, kind]);
      else if (!kind && seen(e) && pointed(e)) acted.push([e, 'button']);
    }
    const cells = [...root.querySelectorAll('td, th, dd, dt')].filter((c) => seen(c) && !c.querySelector('table') && text(c).length < 400 && !visibleControls(c).length);
    const inCell = new Set(cells);
    for (const c of cells) shown.push([c, 'text']);
    for (const e of root.querySelectorAll('*')) {
      if (!ownText(e) || !seen(e) || inCell.has(e) || e.closest('script, style, select, textarea, button, a[href], noscript, option, title')) continue;
      if (e.closest('td, th, dd, dt') && inCell.has(e.closest('td, th, dd, dt'))) continue;
      shown.push([e, 'text']);
    }
  }
  const taken = new Set(acted.map(([e]) => e));
  const list = [...acted, ...shown.filter(([e]) => !taken.has(e))].slice(0, MOST);

  const wordsOf = (e) => {
    if (e.tagName === 'INPUT') return e.type === 'image' ? e.alt || e.value : e.value || ({ submit: '送信', reset: 'リセット' })[e.type] || '';
    const own = e.innerText || '';
    if (tight(own)) return own;
    const picture = e.querySelector('img[alt]');
    return picture ? picture.alt : e.getAttribute('alt') || e.getAttribute('aria-label') || e.title || '';
  };
  const stop = (n) => n.nodeType === 1 && (n.matches(CONTROLS + ', br, hr, table, div, p') || n.querySelector(CONTROLS));
  const beforeIt = (e) => {
    let s = '';
    for (let n = e.previousSibling; n && !stop(n); n = n.previousSibling) s = text(n) + s;
    return s;
  };
  const afterIt = (e) => {
    let s = '';
    for (let n = e.nextSibling; n && !stop(n); n = n.nextSibling) s += text(n);
    return s;
  };
  const labelsOf = (e) => {
    const found = [...(e.labels || [])].map(text);
    for (const id of (e.getAttribute('aria-labelledby') || '').split(/\s+/)) {
      const by = id && e.ownerDocument.getElementById(id);
      if (by) found.push(text(by));
    }
    if (e.getAttribute('aria-label')) found.push(e.getAttribute('aria-label'));
    return found;
  };
  // Words that a reader takes for the label although no markup says so.
  const besides = (e) => {
    if (ticking(e)) return [afterIt(e)];
    const before = beforeIt(e), found = [before, (line(before) || '').split(' ').pop()];
    let n = e.previousSibling;
    while (n && n.nodeName !== 'BR') n = n.previousSibling;
    if (n) found.push(beforeIt(n));
    for (let block = e.parentElement, up = 0; block && up < 3 && !/^(TD|TH|BODY|FORM)$/.test(block.tagName); block = block.parentElement, up++)
      if (block.previousElementSibling) found.push(text(block.previousElementSibling));
    return found;
  };
  const column = (cell) => {
    let x = 0;
    for (let c = cell.previousElementSibling; c; c = c.previousElementSibling) x += c.colSpan || 1;
    return x;
  };
  const headersOf = (cell) => {
    const row = cell.parentElement, table = cell.closest('table'), x = column(cell), found = [];
    if (!table || row.tagName !== 'TR') return [];
    for (const r of [...table.rows].slice(0, row.rowIndex).reverse()) {
      const c = [...r.cells].find((one) => column(one) === x);
      if (c && (c.tagName === 'TH' || r.rowIndex === 0)) found.push(line(text(c)));
    }
    return found;
  };
  const cellOf = (e) => e.closest('td, th, dd');
  const headsOf = (cell) => {
    const found = [];
    if (cell.tagName === 'DD') {
      for (let d = cell.previousElementSibling; d; d = d.previousElementSibling) if (d.tagName === 'DT') { found.push(text(d)); break; }
      return found;
    }
    for (let c = cell.previousElementSibling; c; c = c.previousElementSibling) found.push(text(c));
    if (visibleControls(cell).length) found.push(text(cell));
    return found;
  };
  const rowOf = (e) => {
    const row = e.closest('tr');
    if (!row || row.querySelector('table')) return [];
    return [...row.cells].map((c) => {
      const inside = visibleControls(c);
      // In a form the label and its input make a row of two; in a list that is edited in place a row has more cells.
      return line(tight(c.innerText) ? c.innerText : inside.length === 1 && row.cells.length > 2 ? inside[0].value : '');
    });
  };
  const groupOf = (e) => {
    const g = e.closest('fieldset, [role=radiogroup], [role=group]');
    if (!g) return '';
    const legend = g.querySelector('legend'), by = document.getElementById(g.getAttribute('aria-labelledby') || '');
    return line(legend ? text(legend) : by ? text(by) : g.getAttribute('aria-label'));
  };

  const quoted = (s) => JSON.stringify(s);
  // A number that a program made is another one tomorrow.
  const lasting = (s) => !!s && !/\d{3,}|[0-9a-f]{8,}|^:/.test(s);
  const usual = (e) => [...e.classList].filter((c) => /^[\w-]+$/.test(c) && lasting(c) && !/^(focus|active|hover|selected|open|error)/.test(c)).slice(0, 3);
  const alone = (css, e) => {
    try {
      const found = e.getRootNode().querySelectorAll(css);
      return found.length === 1 && found[0] === e;
    } catch {
      return false;
    }
  };
  const simple = (e) => {
    const tag = e.tagName.toLowerCase(), found = [];
    if (lasting(e.id)) found.push(`#${CSS.escape(e.id)}`);
    for (const a of ['name', 'data-testid', 'data-name', 'aria-label', 'href', 'src'])
      if (e.getAttribute(a) && e.getAttribute(a).length < 80 && !(a === 'href' && /[?&]/.test(e.getAttribute(a)))) found.push(`${tag}[${a}=${quoted(e.getAttribute(a))}]`);
    if (e.name && e.value && (ticking(e) || /^(submit|button)$/.test(e.type))) found.unshift(`${tag}[name=${quoted(e.name)}][value=${quoted(e.value)}]`);
    for (const c of usual(e)) found.push(`${tag}.${CSS.escape(c)}`);
    return found;
  };
  const path = (e) => {
    let at = e, tail = '';
    while (at && at.parentElement) {
      const same = [...at.parentElement.children].filter((s) => s.tagName === at.tagName);
      tail = `${at.tagName.toLowerCase()}${same.length > 1 ? `:nth-of-type(${same.indexOf(at) + 1})` : ''}${tail ? ' > ' + tail : ''}`;
      at = at.parentElement;
      const base = simple(at).find((css) => alone(css, at));
      if (base) return `${base} > ${tail}`;
    }
    return tail;
  };
  const css = (e) => {
    const found = simple(e).filter((one) => alone(one, e));
    for (let up = e.parentElement, n = 0; up && n < 6 && found.length < 3; up = up.parentElement, n++) {
      const base = simple(up).find((one) => alone(one, up));
      if (base) for (const own of [...simple(e), e.tagName.toLowerCase()]) if (found.length < 3 && alone(`${base} ${own}`, e)) found.push(`${base} ${own}`);
    }
    found.push(path(e));
    const root = e.getRootNode();
    const host = root.host ? css(root.host)[0] + ' ' : '';
    return found.slice(0, 3).map((one) => host + one);
  };
  // What stands above several things that bear the same words: the heading of their table or list.
  const parts = (e) => {
    const found = [];
    for (let up = e.parentElement, n = 0; up && n < 8; up = up.parentElement, n++) {
      if (lasting(up.id)) found.push(`#${CSS.escape(up.id)}`);
      if (/^(TABLE|UL|DL|FIELDSET|FORM|SECTION|NAV)$/.test(up.tagName)) {
        const head = line(up.innerText).split(' ')[0];
        if (head && head.length < 30 && !/['"\\]/.test(head)) found.push(`${up.tagName.toLowerCase()}:has-text('${head}')`);
      }
    }
    return found.slice(0, 4);
  };
  const AMONG = {
    any: (e) => !/^(submit|button|reset|image)$/.test(e.type), text: (e) => e.tagName === 'TEXTAREA' || (e.tagName === 'INPUT' && !/^(submit|button|reset|image|radio|checkbox|file)$/.test(e.type)),
    select: (e) => e.tagName === 'SELECT', radio: (e) => e.type === 'radio', check: (e) => e.type === 'checkbox', file: (e) => e.type === 'file',
  };
  const controls = [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button')].filter((e) => e.getClientRects().length);
  const positions = Object.fromEntries(Object.keys(AMONG).map((k) => [k, controls.filter(AMONG[k])]));
  const valueOf = (e, kind) => {
    if (kind === 'password') return '';
    if (kind === 'select') return [...e.selectedOptions].map((o) => o.text.trim()).join('|');
    if (kind === 'check' || kind === 'radio') return String(e.checked);
    if (kind === 'input') return e.value ?? '';
    return kind === 'text' ? (loose(e, kind) ? ownLine(e) : e.innerText ?? '') : '';
  };
  // Text that stands between other blocks is pointed at for itself, not for all that its container shows.
  const loose = (e, kind) => kind === 'text' && !e.matches('td, th, dd, dt') && e.querySelector('div, p, table, ul, form, input, select, textarea, button');
  const ownLine = (e) => line([...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.nodeValue).join(' '));
  // A control that shows no words of its own yet, as a list that opens: the words before it, or before what it stands in.
  const wordsNear = (e) => {
    for (let at = e, up = 0; at && up < 6 && !/^(TD|TH|FORM|BODY)$/.test(at.tagName); at = at.parentElement, up++) {
      for (let n = at.previousElementSibling; n; n = n.previousElementSibling) if (seen(n) && tight(text(n))) return bare(text(n));
    }
    return '';
  };
  const boxOf = (e, kind) => {
    if (loose(e, kind)) {
      const first = [...e.childNodes].find((n) => n.nodeType === 3 && tight(n.nodeValue)), range = document.createRange();
      range.selectNodeContents(first);
      const b = range.getBoundingClientRect();
      return [b.left, b.top, b.width, b.height];
    }
    const place = seen(e) ? e : [...(e.labels || [])].find(seen) || e, b = place.getBoundingClientRect();
    return [b.left, b.top, b.width, b.height];
  };
  const cut = (all) => [...new Set(all.map(bare).filter((s) => s && s.length <= LONG))].slice(0, 8);

  const elements = list.map(([e]) => e);
  const facts = list.map(([e, kind]) => {
    const cell = cellOf(e), inside = cell ? visibleControls(cell) : [];
    let cellNumber = -1;
    if (cell && inside.length && !/^(button|link|text)$/.test(kind)) {
      cellNumber = elements.indexOf(cell);
      if (cellNumber < 0) cellNumber = elements.push(cell) - 1;
    }
    const labels = /^(button|link|text)$/.test(kind) ? [] : cut(labelsOf(e)), beside = /^(button|link|text)$/.test(kind) ? [] : cut(besides(e));
    return {
      kind, box: boxOf(e, kind), labels, beside, cell_number: cellNumber,
      words: line(kind === 'button' || kind === 'link' ? wordsOf(e) || (e.matches('[role=combobox]') ? wordsNear(e) : '') : kind === 'text' ? (loose(e, kind) ? ownLine(e) : e.innerText) : labels[0] || (ticking(e) ? beside[0] : '') || (cell ? cut(headsOf(cell)).find((h) => h !== line(text(cell))) : '') || beside[0] || (cell ? cut(headsOf(cell))[0] : '') || ''),
      value: valueOf(e, kind), sent: ticking(e) ? e.value : '', disabled: e.matches(':disabled') || !!e.readOnly,
      options: kind === 'select' ? [...e.options].map((o) => [o.value, o.text.trim()]) : [],
      heads: cell ? cut(headsOf(cell)) : [], headers: cell ? cut(headersOf(cell)) : [], part: inside.indexOf(e) + 1, part_of: inside.length,
      row: rowOf(e), group: groupOf(e), css: css(e), parts: parts(e),
      name: e.getAttribute('name') || '', id: e.id || '', title: e.title || '', alt: e.getAttribute('alt') || '', placeholder: e.placeholder || '',
      positions: Object.fromEntries(Object.keys(AMONG).filter((k) => positions[k].includes(e)).map((k) => [k, positions[k].indexOf(e) + 1])),
      suggests: !!e.matches && e.matches('[aria-autocomplete], [role=combobox], [role=searchbox]') && e.tagName === 'INPUT',
      asks: ((e.getAttribute('onclick') || '') + (e.form && /^(submit|image)$/.test(e.type) ? e.form.getAttribute('onsubmit') || '' : '')).match(/confirm\(\s*(['"])(.*?)\1/)?.[2] || '',
    };
  });
  return { elements, facts };
}
