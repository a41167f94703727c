/** The style of the report: a column on a phone, a table on a desk, black on white on paper, and dark at night. */
export const STYLE = `
:root{--page:#f4f5f8;--card:#fff;--text:#161a23;--muted:#586072;--line:#e1e4eb;--track:#e6e9f0;--use:#2457d6;--fan:#2457d6;--total:#6b7386;--bad:#b3261e;--bad-soft:#fdecea;--low:#8a5200;--low-soft:#fdf1dd;--good:#1b6b3f;--good-soft:#e4f3ea;--link-soft:#e8eefc;--link:#1d47b3}
@media screen and (prefers-color-scheme:dark){:root{--page:#0e1117;--card:#171b24;--text:#e9ecf2;--muted:#a4acbc;--line:#2a303c;--track:#2b3240;--use:#7ea3ff;--fan:#7ea3ff;--total:#98a1b3;--bad:#ff9a90;--bad-soft:#3d1d1b;--low:#f2bd6a;--low-soft:#392a12;--good:#7fd3a2;--good-soft:#15301f;--link-soft:#1c2a4d;--link:#a9c1ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%;overflow-wrap:break-word}
bdi,code,.none{overflow-wrap:anywhere}
header,main,footer{max-width:1120px;margin:0 auto;padding:0 16px}
header{padding-top:28px}
.defs{position:absolute}
.brand{margin:0;color:var(--link);font-size:13px;font-weight:700;letter-spacing:.08em;text-transform:uppercase}
h1{margin:2px 0 4px;font-size:30px;line-height:1.2;letter-spacing:-.02em}
h2{margin:0 0 12px;font-size:19px;line-height:1.3;letter-spacing:-.01em}
h3{margin:0;font-size:15px;line-height:1.35}
p{margin:0 0 8px}
.when{color:var(--muted);font-size:14px}
.lead{margin:14px 0 0;font-size:19px;line-height:1.4;max-width:44em}
.muted,.none{color:var(--muted)}
.none{margin:0}
.detail{display:block;color:var(--muted);font-size:13px;font-weight:400;line-height:1.4}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px;margin:16px 0}
ul{margin:0;padding:0;list-style:none}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0 16px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:12px 16px;color:var(--muted);font-size:14px}
.tile strong{display:block;color:var(--text);font-size:26px;line-height:1.2;letter-spacing:-.02em}
.tile.bad{background:var(--bad-soft);border-color:transparent;color:var(--text)}
.tile.bad strong{color:var(--bad)}
.alerts li{padding:8px 0;border-top:1px solid var(--line)}
.alerts li:first-child{border-top:0;padding-top:0}
.said{display:block;font-size:14px;color:var(--muted)}
table{width:100%;border-collapse:collapse}
th,td{padding:10px 12px 10px 0;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
tr>:last-child{padding-right:0}
thead th{border-top:0;padding-top:0;color:var(--muted);font-size:13px;font-weight:600}
tbody th{font-weight:600}
.num{text-align:right;white-space:nowrap}
.pools{table-layout:fixed}
.pools th:nth-child(1){width:31%}
.pools th:nth-child(2){width:23%}
.pools th:nth-child(3){width:12%}
.pools th:nth-child(4){width:13%}
.figures{display:block;font-size:14px;white-space:nowrap}
.bar{display:block;margin:7px 0 4px;border-radius:3px;overflow:hidden}
.track{fill:var(--track)}
.used{fill:var(--use)}
.low .used{fill:var(--low)}
.over .used{fill:var(--use)}
rect.over{fill:var(--bad)}
.stripe{fill:var(--card);fill-opacity:.45}
.badge{display:inline-block;border-radius:999px;padding:1px 10px;font-size:14px;background:var(--good-soft);color:var(--good)}
.low .badge{background:var(--low-soft);color:var(--low);font-weight:600}
.over .badge{background:var(--bad-soft);color:var(--bad);font-weight:600}
.forecast,.change{font-size:14px}
.free-ones{margin:12px 0 0;padding-top:12px;border-top:1px solid var(--line);font-size:14px;color:var(--muted)}
.others{margin-top:6px;font-size:14px;columns:2 260px;column-gap:24px}
.others li{padding:2px 0;break-inside:avoid}
.legend{color:var(--muted);font-size:14px}
.key{display:inline-block;width:18px;height:0;vertical-align:middle;border-top:3px solid var(--use);margin:0 4px 0 12px}
.key.use{margin-left:0}
.key.total{border-top:2px solid var(--total)}
.key.ahead{border-top:2px dashed var(--use)}
.trends{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:24px 20px}
figure{margin:0;display:flex;flex-direction:column;justify-content:space-between}
figcaption{margin-bottom:4px}
.trend{display:block;width:100%;height:auto;max-width:460px}
.trend text{fill:var(--muted);font-size:11px}
.trend .grid{stroke:var(--line)}
.trend .today{stroke:var(--muted);stroke-dasharray:2 3}
.trend path{fill:none}
.trend .fill{fill:var(--use);fill-opacity:.14}
.trend .use{stroke:var(--use);stroke-width:2;stroke-linejoin:round}
.trend .total{stroke:var(--total);stroke-width:1.5}
.trend .fan{fill:var(--fan);fill-opacity:.24}
.trend .ahead{stroke:var(--use);stroke-width:1.5;stroke-dasharray:5 4}
.trend .now{fill:var(--use);stroke:var(--card);stroke-width:1.5}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:0 16px;align-items:start}
.changes li{display:flex;gap:12px;align-items:flex-start;padding:10px 0;border-top:1px solid var(--line)}
.changes .detail{display:block}
.tag{flex:none;min-width:78px;border-radius:999px;padding:1px 10px;font-size:13px;text-align:center;background:var(--track);color:var(--text)}
.tag.new{background:var(--good-soft);color:var(--good)}
.tag.vanished{background:var(--bad-soft);color:var(--bad)}
.tag.renamed{background:var(--link-soft);color:var(--link)}
.share{width:40%}
.share span{font-size:13px;color:var(--muted)}
.failed .used{fill:var(--bad)}
.partial .used{fill:var(--low)}
.wait{padding:12px 0;border-top:1px solid var(--line)}
.wait:first-of-type{border-top:0;padding-top:0}
.ids{columns:2 320px;column-gap:24px;font-size:14px}
.ids li{padding:2px 0;break-inside:avoid}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{color:var(--muted);font-size:13px;padding-top:8px;padding-bottom:40px}
footer p{max-width:60em}
@media screen and (max-width:700px){
header{padding-top:20px}h1{font-size:26px}.lead{font-size:17px}section{padding:16px}
.tiles{grid-template-columns:repeat(2,1fr)}
.pools,.pools tbody,.pools tr,.pools th,.pools td{display:block;width:auto}
.pools thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.pools tr{display:grid;grid-template-columns:1fr auto;gap:2px 12px;padding:14px 0;border-top:1px solid var(--line)}
.pools tr:first-child{border-top:0;padding-top:0}
.pools th,.pools td{border:0;padding:0;min-width:0}
.pools th:nth-child(1){width:auto}
.pools .free{grid-column:2;grid-row:1}
.pools .use{grid-column:1/-1;width:auto}
.pools .change{grid-column:2;grid-row:3;text-align:right}
.pools .forecast{grid-column:1;grid-row:3}
}
@media print{
:root{--page:#fff}
@page{margin:14mm}
body{font-size:10.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
header,main,footer{max-width:none;padding:0}
section{border:0;border-top:1px solid var(--line);border-radius:0;padding:12px 0;margin:8px 0}
h2,h3{break-after:avoid}
tr,figure,.changes li,.wait,.tile{break-inside:avoid}
.trends{grid-template-columns:repeat(3,1fr);gap:14px}
.tiles{grid-template-columns:repeat(5,1fr)}
.pair{grid-template-columns:1fr 1fr}
.pools th:nth-child(1){width:29%}
.pools th:nth-child(2){width:19%}
.pools th:nth-child(3){width:14%}
.pools th:nth-child(4){width:17%}
.badge,.figures,.change,.forecast{font-size:9.5pt}
}
`;
