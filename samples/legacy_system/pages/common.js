// 共通関数  1998.11.20 新規  2003.02.14 修正（半角変換）  2019.04.26 修正（元号）
var ZEN = 'ァアィイゥウェエォオカキクケコサシスセソタチッツテトナニヌネノハヒフヘホマミムメモャヤュユョヨラリルレロワヲンー・（）－　';
var HAN = 'ｧｱｨｲｩｳｪｴｫｵｶｷｸｹｺｻｼｽｾｿﾀﾁｯﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓｬﾔｭﾕｮﾖﾗﾘﾙﾚﾛﾜｦﾝｰ･()- ';
var DAKU = 'ガギグゲゴザジズゼゾダヂヅデドバビブベボヴ', MOTO = 'ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎｳ';
var HANDAKU = 'パピプペポ', HMOTO = 'ﾊﾋﾌﾍﾎ';
function hankaku(e) {
  var s = e.value, r = '', i, c, p;
  for (i = 0; i < s.length; i++) {
    c = s.charAt(i);
    if ((p = ZEN.indexOf(c)) >= 0) r += HAN.charAt(p);
    else if ((p = DAKU.indexOf(c)) >= 0) r += MOTO.charAt(p) + 'ﾞ';
    else if ((p = HANDAKU.indexOf(c)) >= 0) r += HMOTO.charAt(p) + 'ﾟ';
    else r += c;
  }
  e.value = r;
}
function kanma(e) { var s = e.value.replace(/,/g, ''); while (/^\d+\d{3}/.test(s)) s = s.replace(/^(\d+)(\d{3})/, '$1,$2'); e.value = s; }
function kanmanashi(e) { e.value = e.value.replace(/,/g, ''); }
function jikoku(e) { if (/^\d{4}$/.test(e.value)) e.value = e.value.substring(0, 2) + ':' + e.value.substring(2, 4); }
function ban(n) { return 'T' + (n < 10 ? '0' : '') + n; }
function kou(n) {  // n番目の入力項目
  var f = document.forms[0], i, c = 0, e = f.elements[ban(n)];
  if (e) return e;
  for (i = 0; i < f.elements.length; i++) { e = f.elements[i]; if (nyu(e) && ++c == n) return e; }
  return null;
}
function nyu(e) { return e.type == 'text' || e.type == 'select-one' || e.type == 'checkbox'; }
function namae() {  // 名前のない項目に送信直前に連番を振る
  var f = document.forms[0], i, c = 0, e;
  for (i = 0; i < f.elements.length; i++) { e = f.elements[i]; if (nyu(e)) { c++; if (!e.name) e.name = ban(c); } }
}
function okuru(shori, saki) { var f = document.forms[0]; namae(); f.SHORI.value = shori; f.action = saki; f.submit(); }
function saihyoji() { okuru('', 'nyuryoku.asp'); }
function kakunin() {
  for (var i = 0; i < HISSU.length; i++) { if (!kou(HISSU[i][0]).value) { alert(HISSU[i][1] + 'を入力してください。'); kou(HISSU[i][0]).focus(); return; } }
  okuru('', 'kakunin.asp');
}
function touroku() { if (confirm('登録します。よろしいですか？')) document.forms[0].submit(); }
function shokai(u) { document.F1.UKE.value = u; document.F1.submit(); }
function peji(d) { document.F2.PAGE.value = Number(document.F2.PAGE.value) + d; document.F2.submit(); }
function jusho() {
  var y = '', i;
  for (i = 0; i < YUBIN.length; i++) y += kou(YUBIN[i]).value;
  window.open('/fukushi/jusho.asp?yubin=' + y, 'jusho', 'width=520,height=360,scrollbars=yes');
}
function jushoSet(y, a, c) {  // 住所検索子画面から呼ばれる
  if (YUBIN.length == 2) { kou(YUBIN[0]).value = y.substring(0, 3); kou(YUBIN[1]).value = y.substring(3, 7); }
  else { kou(YUBIN[0]).value = y.substring(0, 3) + '-' + y.substring(3, 7); }
  if (a) kou(ADDR).value = a;
  document.forms[0].JCD.value = c;
}
function sentaku(y, a, c) { window.opener.jushoSet(y, a, c); window.close(); }
