import { darkColours, lightColours } from './palette.js';

const LIGHT = `--ink:#1b1c1f;--soft:#55585f;--paper:#ffffff;--card:#f6f7f9;--rule:#d9dce1;--good:#1d6b3a;--bad:#a3281c;--open:#7a5a00;${lightColours()}`;
const DARK = `--ink:#e8e8ea;--soft:#a8abb3;--paper:#15171a;--card:#1e2125;--rule:#383c43;--good:#6fcf91;--bad:#ff8a7a;--open:#e6c15a;${darkColours()}`;

/** The page: light or dark as the reader has it, always light in print, one column on a phone. */
export const pageStyle = (): string => `
:root{color-scheme:light dark;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1100px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:27px;line-height:1.2;margin:0 0 8px;overflow-wrap:anywhere}
h2{font-size:19px;line-height:1.3;margin:36px 0 10px;padding-top:12px;border-top:1px solid var(--rule)}
h3{font-size:15px;margin:0 0 4px}
p{margin:0 0 10px;max-width:78ch;overflow-wrap:anywhere}
.note{color:var(--soft);white-space:pre-line}
.verdict{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:14px 18px;margin:18px 0 8px}
.verdict h2{border:0;margin:0 0 6px;padding:0}
.verdict ul{list-style:none;margin:0;padding:0}
.verdict li{padding:7px 0 7px 26px;position:relative;overflow-wrap:anywhere}
.verdict li+li{border-top:1px solid var(--rule)}
.mark{position:absolute;left:0;font-weight:700}
.good{color:var(--good)}.bad{color:var(--bad)}.open{color:var(--open)}
.detail{color:var(--soft);display:block;font-size:14px}
figure{margin:0 0 8px}
figcaption{color:var(--soft);font-size:14px;line-height:1.45;max-width:88ch}
.panels{display:grid;gap:10px;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),344px))}
.panels.two{grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),516px))}
.alone{display:grid;gap:10px 28px;grid-template-columns:minmax(0,516px) minmax(0,1fr);align-items:start}
.alone .panels{grid-template-columns:minmax(0,516px)}
.alone figcaption{padding-top:26px}
.panel>svg{width:100%;height:auto;display:block;overflow:visible}
.panel h3{padding-left:2px;font-variant-numeric:tabular-nums}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 18px;margin:6px 0 8px;padding:0;font-size:13px;line-height:1.5;color:var(--ink)}
.legend svg{vertical-align:middle;margin-right:6px}
.legend.many{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr))}
.scroll{overflow-x:auto;margin:0 0 10px}
table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums}
caption{caption-side:top;max-width:88ch;text-align:left;color:var(--soft);padding:0 0 6px;font-size:14px}
th,td{padding:4px 10px;text-align:right;border-bottom:1px solid var(--rule);vertical-align:top;white-space:nowrap}
th:first-child,td:first-child,td.words{text-align:left}
td.words{white-space:normal;min-width:10em;max-width:20em}
thead th{border-bottom:2px solid var(--soft);vertical-align:bottom}
tbody th{font-weight:600}
.tall td,.tall thead th{text-align:left;padding-right:26px}
.tall td{white-space:normal;max-width:24em}
.tall tbody th{white-space:normal;min-width:9em;max-width:16em}
tr.off td,tr.off th{color:var(--soft)}
pre{background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:10px 12px;font:12.5px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 12px}
code{font:0.92em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
footer{margin-top:36px;padding-top:10px;border-top:1px solid var(--rule);color:var(--soft);font-size:13px}
@media (max-width:760px){main{padding:18px 14px 36px}.alone{grid-template-columns:minmax(0,1fr)}.alone figcaption{padding-top:0}h1{font-size:23px}th,td{padding:4px 8px}}
@media screen and (max-width:560px){.two .panel>svg{font-size:15px}}
@media print{@page{margin:14mm}body{font-size:9.5pt}h1{font-size:17pt}h2{font-size:12.5pt;margin-top:18pt}h3{font-size:9.5pt}.detail,figcaption,caption{font-size:8.5pt}.legend{font-size:8.5pt}.legend.many{grid-template-columns:repeat(2,minmax(0,1fr))}.legend{gap:1px 14px}.panel>svg{font-size:14.5px}main{max-width:none;padding:0}figure,tr,.verdict li{break-inside:avoid}h2{break-after:avoid}.panels{grid-template-columns:repeat(3,minmax(0,1fr))}.panels.two{grid-template-columns:repeat(2,minmax(0,1fr))}.alone{grid-template-columns:minmax(0,3fr) minmax(0,2fr)}.alone .panels{grid-template-columns:minmax(0,1fr)}.scroll{overflow:visible}table{font-size:8.5pt}th,td{padding:2px 6px}td.words{min-width:0}pre{border-color:#bbb}}
`;
