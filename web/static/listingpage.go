// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"
	"unicode"
)

// The page is HTML without scripts, images or fonts: icons are shapes cut by CSS.
const listingStyle = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#1c2128;--dim:#626c7a;--line:#e6e9ee;--link:#0b5cc4;--hover:#f0f5fc;--folder:#e3a63b;--file:#a3adba;--image:#3aa17e;--media:#b065c9;--code:#3f83d8;--pack:#cc6b4a}
@media(prefers-color-scheme:dark){:root{--bg:#101317;--card:#181c22;--text:#e4e8ee;--dim:#949eac;--line:#2a3039;--link:#82b7ff;--hover:#202731;--folder:#d8a24a;--file:#697484;--image:#48b08c;--media:#b77fce;--code:#5b97e0;--pack:#d57f60}}
*{box-sizing:border-box}
body{margin:0;padding:2rem 1rem 3rem;background:var(--bg);color:var(--text);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:60rem;margin:auto}
h1{margin:0 0 1rem;padding:0 .25rem;font-size:1.25rem;font-weight:600;line-height:1.4;overflow-wrap:anywhere}
h1 small{margin-inline-end:.25em;font-size:inherit;font-weight:400;color:var(--dim)}h1 i{margin:0 .3em;color:var(--dim);font-style:normal;font-weight:400}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
a:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
table{width:100%;border-collapse:separate;border-spacing:0;background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
th,td{padding:.5rem 1rem;text-align:start;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child td{border-bottom:0}
th{padding-block:.6rem;font-size:.82rem;font-weight:600;color:var(--dim)}th a{color:inherit}th[aria-sort] a{color:var(--text)}
th[aria-sort=ascending] a::after{content:" \2191"}th[aria-sort=descending] a::after{content:" \2193"}
tbody tr:hover td{background:var(--hover)}
.n{width:1%;text-align:end;white-space:nowrap;font-variant-numeric:tabular-nums}td.n,td.t{color:var(--dim)}
.t{width:1%;white-space:nowrap}
td:first-child{overflow-wrap:anywhere}
td>a{display:flex;gap:.7rem;align-items:baseline}
td>a::before{content:"";flex:none;align-self:flex-start;margin-top:.08rem;width:1rem;height:1.2rem;background:linear-gradient(225deg,rgb(0 0 0/.28) .34rem,transparent .36rem),var(--file);clip-path:polygon(0 0,68% 0,100% 28%,100% 100%,0 100%);border-radius:2px}
.d>a{font-weight:500}
.d>a::before{width:1.15rem;height:1rem;margin:.18rem -.075rem 0;background:linear-gradient(rgb(0 0 0/.18) .3rem,transparent .3rem),var(--folder);clip-path:polygon(0 4%,42% 4%,54% 20%,100% 20%,100% 100%,0 100%)}
.u>a::before{width:.55rem;height:.55rem;margin:.42rem .15rem 0 .3rem;background:none;clip-path:none;border:solid var(--dim);border-width:2px 0 0 2px;border-radius:0;transform:rotate(45deg) translate(.1rem,.1rem)}
.image>a::before{background-color:var(--image)}.media>a::before{background-color:var(--media)}.code>a::before{background-color:var(--code)}.pack>a::before{background-color:var(--pack)}
p{margin:.9rem 0 0;padding:0 .25rem;color:var(--dim);font-size:.86rem}
.e{padding:2.5rem 1rem;text-align:center;color:var(--dim)}
@media(max-width:40rem){body{padding:1rem .6rem 2rem}th,td{padding:.55rem .8rem}.t{display:none}}
@media(max-width:36rem){thead tr{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.3rem .8rem;border-bottom:1px solid var(--line)}th,th.n{padding:.3rem 0;border:0;width:auto}table,thead,tbody{display:block}tbody tr{display:grid;grid-template-columns:1fr auto;padding:.5rem .8rem;border-bottom:1px solid var(--line)}tbody tr:last-child{border-bottom:0}td{display:block;padding:0;border:0;width:auto}td:first-child{grid-column:1/-1;padding-bottom:.15rem}td.n{text-align:start;font-size:.82rem;padding-inline-start:1.7rem}td.n+td.n{padding:0}.u{padding:0}tbody tr:hover,tbody tr:hover td{background:var(--hover)}.u~td,td.t{display:none}}
`

// listingPolicy returns the Content-Security-Policy of the page: nothing but its own style.
var listingPolicy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(listingStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
})

// listingPage returns the page for l. Links begin with ./ so that a colon in a name is not taken for the end of a scheme.
func listingPage(l *Listing) []byte {
	query := html.EscapeString(l.query)
	title := "/" + shown(strings.Join(l.Path, "/"))
	b := fmt.Appendf(nil, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"+
		"<title>%s</title>\n<style>%s</style></head>\n<body><main>\n<h1><small>Index of</small> ", title, listingStyle)
	b = append(l.crumbs(b), "</h1>\n<table><thead><tr>"...)
	for _, c := range [...]struct{ key, label, class string }{{"name", "Name", ""}, {"size", "Size", "n"}, {"date", "Modified (UTC)", "n"}} {
		b = l.column(b, c.key, c.label, c.class)
	}
	b = append(b, "<th class=\"t\">Type</th></tr></thead>\n<tbody>\n"...)
	if l.Depth > 0 {
		b = fmt.Appendf(b, `<tr><td class="u"><a href="../%s">Parent directory</a></td><td class="n"></td><td class="n"></td><td class="t"></td></tr>`+"\n", query)
	}
	dirs, total := 0, int64(0)
	for i := range l.Entries {
		e := &l.Entries[i]
		if total += e.Size; e.Dir {
			dirs++
		}
		b = e.row(b, query)
	}
	if len(l.Entries) == 0 {
		b = append(b, `<tr><td class="e" colspan="4">Nothing is in this directory.</td></tr>`+"\n"...)
	}
	b = fmt.Appendf(b, "</tbody></table>\n<p>%s, %s, %s in all", plural(dirs, "directory", "directories"), plural(len(l.Entries)-dirs, "file", "files"), formatSize(total))
	if l.More {
		b = fmt.Appendf(b, ". Only %d names are shown.", maxListed)
	}
	return append(b, "</p>\n</main></body></html>\n"...)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// crumbs writes the path, whose segments within the tree are links.
func (l *Listing) crumbs(b []byte) []byte {
	root := len(l.Path) - l.Depth
	for i := root; i <= len(l.Path); i++ {
		label := "/" + strings.Join(l.Path[:root], "/")
		if i > root {
			if label = l.Path[i-1]; i > 1 {
				b = append(b, "<i>/</i>"...)
			}
		}
		if up := len(l.Path) - i; up > 0 {
			b = fmt.Appendf(b, `<a href="%s%s"><bdi>%s</bdi></a>`, strings.Repeat("../", up), html.EscapeString(l.query), shown(label))
		} else {
			b = fmt.Appendf(b, `<bdi>%s</bdi>`, shown(label))
		}
	}
	return b
}

// column writes the head of a column, a link that sorts by it or turns the order round.
func (l *Listing) column(b []byte, key, label, class string) []byte {
	b = append(b, "<th"...)
	if class != "" {
		b = fmt.Appendf(b, ` class="%s"`, class)
	}
	order := "asc"
	if l.Sort == key {
		sorted := "ascending"
		if order = "desc"; l.Order == "desc" {
			order, sorted = "asc", "descending"
		}
		b = fmt.Appendf(b, ` aria-sort="%s"`, sorted)
	}
	return fmt.Appendf(b, `><a href="?sort=%s&amp;order=%s">%s</a></th>`, key, order, label)
}

// row writes an entry.
func (e *Entry) row(b []byte, query string) []byte {
	class, slash, size, kind := kindOf(e), "", formatSize(e.Size), e.Type
	if e.Dir {
		class, slash, size, kind = "d", "/", "", ""
	} else {
		query = ""
	}
	if e.Encoding != "" {
		kind = strings.TrimPrefix(kind+", "+e.Encoding, ", ")
	}
	b = fmt.Appendf(b, `<tr><td class="%s"><a href="./%s%s%s"><bdi>%s%s</bdi></a></td><td class="n"`, class, html.EscapeString(url.PathEscape(e.Name)), slash, query, shown(e.Name), slash)
	if !e.Dir {
		b = fmt.Appendf(b, ` title="%d bytes"`, e.Size)
	}
	b = fmt.Appendf(b, `>%s</td><td class="n">`, size)
	if !e.Modified.IsZero() {
		b = fmt.Appendf(b, `<time datetime="%s">%s</time>`, e.Modified.UTC().Format(time.RFC3339), e.Modified.UTC().Format("2006-01-02 15:04"))
	}
	return fmt.Appendf(b, `</td><td class="t">%s</td></tr>`+"\n", html.EscapeString(kind))
}

// shown returns a name for the eyes: escaped, with a mark for what would hide or turn round the rest of it.
func shown(name string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, name))
}

// kindOf returns the class that colours the icon of a file.
func kindOf(e *Entry) string {
	major, minor, _ := strings.Cut(e.Type, "/")
	switch {
	case e.Encoding != "", minor == "zip", minor == "x-tar", minor == "java-archive", strings.Contains(minor, "compressed"), strings.Contains(minor, "archive"):
		return "pack"
	case major == "image":
		return "image"
	case major == "audio", major == "video":
		return "media"
	case minor == "json", minor == "javascript", minor == "html", minor == "css", minor == "wasm", strings.HasSuffix(minor, "xml"), isTextual(e.Name):
		return "code"
	}
	return "f"
}

func isTextual(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	for _, t := range textual {
		if t == ext {
			return true
		}
	}
	return false
}

// formatSize writes a size as 123B, 12K, 3.4M or 4G. Twisted: formatFileSize.
func formatSize(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%dB", n)
	}
	f, unit := float64(n)/1024, 0
	for f >= 999.5 && unit < 5 {
		f /= 1024
		unit++
	}
	if f < 9.95 {
		return fmt.Sprintf("%.1f%c", f, "KMGTPE"[unit])
	}
	return fmt.Sprintf("%.0f%c", f, "KMGTPE"[unit])
}
