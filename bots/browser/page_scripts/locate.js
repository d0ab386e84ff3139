// Finds elements by the text a person sees: one function for each way of naming an element, which takes a root and
// the text and returns a list. For actions it runs in an isolated world (a Playwright selector engine); for queries,
// among the page's scripts, which may have replaced Array.from: spread is used instead.
() => {
  const CONTROLS = 'input:not([type=hidden], [type=submit], [type=button], [type=reset], [type=image]), select, textarea';
  const BUTTONS = 'button, input[type=submit], input[type=button], input[type=reset], input[type=image], [role=button]';
  const LINKS = 'a, area, [role=link]';
  const SILENT = new Set(['SCRIPT', 'STYLE', 'SELECT', 'TEXTAREA', 'BUTTON', 'NOSCRIPT', 'OPTION']);

  // Full-width and half-width forms, and any spaces inside (登　録), are the same text to a reader.
  const tight = (s) => (s || '').normalize('NFKC').replace(/[\s\u3000]+/g, '');
  // Without the marks that pages add to a label: 氏名（必須）：, ※氏名, 氏名*
  const bare = (s) => {
    let t = tight(s), before;
    do {
      before = t;
      t = t.replace(/^[*※●○■□◆◇・:]+|[*※●■◆:]+$/g, '').replace(/^[(\[【](必須|任意)[)\]】]|[(\[【]?(必須|任意)[)\]】]?$/g, '');
    } while (t !== before);
    return t || tight(s);
  };
  // Running text before an input: in 「…ください。 氏名 <input>」 the last word is the label.
  const lastWord = (s) => (s || '').trim().split(/[\s\u3000]+/).pop();
  const fits = (shown, wanted) => tight(shown) === tight(wanted) || (tight(shown) !== '' && bare(shown) === bare(wanted));

  const seen = (e) => {
    if (e.tagName === 'AREA') return true;
    const style = e.ownerDocument.defaultView.getComputedStyle(e);
    return e.getClientRects().length > 0 && style.visibility !== 'hidden' && style.display !== 'none';
  };
  const text = (node) => {
    if (node.nodeType === 3) return node.nodeValue;
    if (node.nodeType !== 1 || SILENT.has(node.tagName)) return '';
    let s = '';
    for (const child of node.childNodes) s += text(child);
    return s;
  };
  // Inputs of web components stand in open shadow roots, which querySelectorAll does not enter.
  const shadows = (root) => {
    const found = [];
    for (const e of root.querySelectorAll('*')) if (e.shadowRoot) found.push(e.shadowRoot, ...shadows(e.shadowRoot));
    return found;
  };
  let deep = []; // the shadow roots under the root of the present question
  const inside = (root, shadow) => {
    for (let s = shadow; s && s.host; s = s.host.getRootNode()) if (s !== root && root.contains(s.host)) return true;
    return false;
  };
  const all = (root, css) => {
    const found = [...root.querySelectorAll(css)];
    for (const s of deep) if (inside(root, s)) found.push(...s.querySelectorAll(css));
    return found;
  };
  const controlsIn = (e) => all(e, CONTROLS).filter(seen);
  const innermost = (list) => list.filter((e) => !list.some((o) => o !== e && e.contains(o)));

  // The grid positions of cells: one that spans rows moves the cells of the rows below to the right.
  const grid = (table) => {
    const lines = [...table.rows].map(() => []);
    [...table.rows].forEach((row, y) => {
      let x = 0;
      for (const c of row.cells) {
        while (lines[y][x]) x++;
        for (let dy = 0; dy < (c.rowSpan || lines.length) && y + dy < lines.length; dy++)
          for (let dx = 0; dx < c.colSpan; dx++) lines[y + dy][x + dx] = c;
      }
    });
    return lines;
  };
  const below = (cell) => {
    const row = cell.parentElement;
    const table = row.closest('table');
    if (!table || row.tagName !== 'TR') return null;
    const lines = grid(table);
    return (lines[row.rowIndex + (cell.rowSpan || 1)] || [])[lines[row.rowIndex].indexOf(cell)] || null;
  };
  const onlyMark = (cell) => /^[:*※]*$/.test(tight(text(cell))) && controlsIn(cell).length === 0;

  // The cell beside a label: to the right; past cells that contain only a colon; the label's own cell when it
  // contains the input; for a header without a right neighbour, the cell below.
  const beside = (cell, wantsControl) => {
    if (cell.tagName === 'DT') {
      let dd = cell.nextElementSibling;
      while (dd && dd.tagName !== 'DD') dd = dd.nextElementSibling;
      return dd;
    }
    if (controlsIn(cell).length) return cell;
    let next = cell.nextElementSibling;
    if (next && tight(text(next)) && onlyMark(next) && next.nextElementSibling) next = next.nextElementSibling;
    if (wantsControl) {
      for (let c = next; c; c = c.nextElementSibling) {
        if (controlsIn(c).length) return c;
        if (!onlyMark(c)) break;
      }
    }
    return next || below(cell);
  };
  const headCells = (root, wanted) =>
    innermost(all(root, 'td, th, dt').filter((c) => fits(text(c), wanted) && seen(c)));

  // In a list that can be edited in place, the key is the value of an input.
  const cellWords = (cell) => {
    if (tight(cell.innerText)) return cell.innerText;
    const inside = controlsIn(cell);
    return inside.length === 1 && AMONG.text(inside[0]) ? inside[0].value : '';
  };
  const rows = (root, wanted) =>
    all(root, 'tr').filter((r) => seen(r) && [...r.cells].some((c) => tight(cellWords(c)) === tight(wanted)));

  const columns = (row, wanted) => {
    const table = row.closest('table');
    if (!table) return [];
    const lines = grid(table);
    for (const line of lines.slice(0, row.rowIndex)) {
      const x = line.findIndex((c) => c && fits(text(c), wanted));
      if (x >= 0) return lines[row.rowIndex][x] ? [lines[row.rowIndex][x]] : [];
    }
    return [];
  };

  const wordsOf = (e) => {
    if (e.tagName === 'INPUT') return e.type === 'image' ? e.alt || e.value : e.value || ({ submit: '送信', reset: 'リセット' })[e.type] || '';
    const own = e.tagName === 'BUTTON' ? e.innerText : e.innerText || '';
    if (tight(own)) return own;
    const picture = e.querySelector && e.querySelector('img[alt]');
    return picture ? picture.alt : e.getAttribute('alt') || e.getAttribute('aria-label') || e.title || '';
  };
  const pressable = (root, css, wanted) => innermost(all(root, css).filter((e) => seen(e) && tight(wordsOf(e)) === tight(wanted)));

  // The bare text directly before an input, as old pages write it: 氏名：<input>
  const wordsBefore = (e) => {
    let s = '';
    for (let n = e.previousSibling; n; n = n.previousSibling) {
      if (n.nodeType === 1 && (n.matches(CONTROLS + ', br, hr, table, div, p') || n.querySelector(CONTROLS))) break;
      s = text(n) + s;
    }
    return s;
  };
  // Text on a separate line above the input (氏名<br><input>), or in a separate block before the input's block.
  const wordsAbove = (e) => {
    let n = e.previousSibling;
    while (n && (n.nodeType !== 1 || n.tagName !== 'BR')) {
      if (n.nodeType === 1 ? n.matches(CONTROLS) || tight(text(n)) : tight(n.nodeValue)) return '';
      n = n.previousSibling;
    }
    if (n) return wordsBefore(n);
    const block = e.parentElement;
    if (!block || !/^(DIV|SPAN|P|LI|B|FONT|CENTER)$/.test(block.tagName) || controlsIn(block).length !== 1) return '';
    const before = block.previousElementSibling;
    if (before) return before.querySelector(CONTROLS) || before.matches(CONTROLS) ? '' : text(before);
    return wordsAbove(block);
  };
  const wordsAfter = (e) => {
    let s = '';
    for (let n = e.nextSibling; n; n = n.nextSibling) {
      if (n.nodeType === 1 && (n.matches(CONTROLS + ', br, hr, table, div, p') || n.querySelector(CONTROLS))) break;
      s += text(n);
    }
    return s;
  };
  const ticking = (e) => e.tagName === 'INPUT' && (e.type === 'radio' || e.type === 'checkbox');
  const labelled = (root, wanted) =>
    all(root, CONTROLS).filter((e) => {
      const labels = e.labels ? [...e.labels] : [];
      const names = (e.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean)
        .map((id) => e.getRootNode().getElementById(id)).filter(Boolean);
      if (labels.length || names.length) return labels.concat(names).some((l) => fits(text(l), wanted)) && (seen(e) || labels.some(seen));
      if (!seen(e)) return false;
      if (e.getAttribute('aria-label')) return fits(e.getAttribute('aria-label'), wanted);
      if (ticking(e)) return fits(wordsAfter(e), wanted);
      const words = wordsBefore(e);
      if (!tight(words)) return fits(wordsAbove(e), wanted);
      return fits(words, wanted) || fits(lastWord(words), wanted);
    });
  // A radio button or tick box by the text beside it.
  const options = (root, wanted) =>
    all(root, 'input[type=radio], input[type=checkbox]').filter((e) => {
      if (e.labels && e.labels.length) return [...e.labels].some((l) => fits(text(l), wanted));
      if (tight(wordsAfter(e))) return fits(wordsAfter(e), wanted);
      const cell = e.closest('td, th');
      const next = cell && cell.querySelectorAll(CONTROLS).length === 1 && !tight(text(cell)) ? cell.nextElementSibling : null;
      return !!next && fits(text(next), wanted);
    });

  // The element that contains a group of radio buttons under one heading.
  const groups = (root, wanted) =>
    all(root, 'fieldset, [role=radiogroup], [role=group]').filter((e) => {
      const legend = e.querySelector('legend');
      const by = e.ownerDocument.getElementById(e.getAttribute('aria-labelledby') || '');
      return fits(legend ? text(legend) : by ? text(by) : e.getAttribute('aria-label') || '', wanted);
    });

  const AMONG = {
    any: (e) => !/^(submit|button|reset|image)$/.test(e.type),
    text: (e) => e.tagName === 'TEXTAREA' || (e.tagName === 'INPUT' && !/^(submit|button|reset|image|radio|checkbox|file)$/.test(e.type)),
    select: (e) => e.tagName === 'SELECT',
    radio: (e) => e.type === 'radio',
    check: (e) => e.type === 'checkbox',
    file: (e) => e.type === 'file',
    button: (e) => /^(submit|button|reset|image)$/.test(e.type) || e.tagName === 'BUTTON',
  };

  const ways = {
    cell: (root, w) => headCells(root, w).map((c) => beside(c, false)).filter(Boolean),
    cellcontrol: (root, w) => headCells(root, w).map((c) => beside(c, true)).filter(Boolean),
    below: (root, w) => headCells(root, w).map(below).filter(Boolean),
    row: rows,
    column: columns,
    label: labelled,
    button: (root, w) => pressable(root, BUTTONS, w),
    link: (root, w) => pressable(root, LINKS, w),
    words: (root, w) => pressable(root, BUTTONS + ', ' + LINKS + ', [onclick]', w),
    text: (root, w) => innermost(all(root, '*').filter((e) => !SILENT.has(e.tagName) && seen(e) && tight(text(e)).includes(tight(w)))),
    option: options,
    group: groups,
    control: (root, w) => all(root, 'input:not([type=hidden]), select, textarea, button').filter((e) => seen(e) && AMONG[w](e)),
    self: (root, css) => (root.matches(css) ? [root] : []),
    css: all,
    // What innerText leaves out.
    shadow_text: () => deep.flatMap((s) => [...s.children].map((e) => e.innerText || '').filter(Boolean)),
  };
  const entered = (way) => (root, words) => {
    deep = shadows(root);
    return way(root, words);
  };
  return Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, entered(way)]));
}
