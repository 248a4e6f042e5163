// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// maxListed bounds the names that a listing shows.
const maxListed = 10000

// An entry is one line of a listing.
type entry struct {
	name     string
	dir      bool
	size     int64
	modified time.Time
	ctype    string // "" if the name does not tell
}

// list answers with a page that shows the directory. It is put together in a thread if the loop has any.
func (f *Files) list(r *web.Request, name string) {
	title := "/" + strings.Join(r.PrePath, "/")
	if name != "." {
		title = strings.TrimRight(title, "/") + "/" + name
	}
	top := name == "."
	render := func(page []byte) {
		h := r.ResponseHeader()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Length", strconv.Itoa(len(page)))
		r.Write(page)
	}
	threads, ok := r.Loop().(deferred.Threads)
	if !ok {
		entries, more, err := f.entries(name)
		if err != nil {
			f.refuse(r, statusOf(err))
			return
		}
		render(page(title, top, entries, more))
		return
	}
	web.Later(r, deferred.ToThread(threads, func() ([]byte, error) {
		entries, more, err := f.entries(name)
		if err != nil {
			return nil, &web.StatusError{Status: statusOf(err)}
		}
		return page(title, top, entries, more), nil
	}), render)
}

// entries reads a directory: directories first, sorted by name. What vanishes meanwhile, cannot be reached or is hidden is left out. more reports that there would be
// others.
func (f *Files) entries(dir string) (entries []entry, more bool, err error) {
	names, err := fs.ReadDir(f.fsys, dir)
	if err != nil {
		return nil, false, err
	}
	for _, d := range names {
		if !f.reachable(d.Name()) {
			continue
		}
		if len(entries) == maxListed {
			more = true
			break
		}
		info, err := fs.Stat(f.fsys, path.Join(dir, d.Name())) // of what a link points to
		if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
			continue
		}
		e := entry{name: d.Name(), dir: info.IsDir(), size: info.Size(), modified: info.ModTime()}
		if !e.dir {
			e.ctype, _ = f.typeOf(e.name)
			e.ctype, _, _ = strings.Cut(e.ctype, ";")
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.dir != b.dir {
			if a.dir {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	return entries, more, nil
}

const listHead = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>%[1]s</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222;background:#fff}
h1{font-size:1.3em;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%%}
th{text-align:left;font-weight:600;color:#666}th,td{padding:.3em .6em;border-bottom:1px solid #e4e4e4}
td:first-child{overflow-wrap:anywhere}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
a{color:#0550ae;text-decoration:none}a:hover{text-decoration:underline}tr:hover td{background:#f5f7fa}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#16181c}th{color:#999}th,td{border-color:#2c3036}a{color:#7db7ff}tr:hover td{background:#20242a}}
</style></head><body><h1>%[1]s</h1><table>
<thead><tr><th>Name</th><th class="n">Size</th><th class="n">Modified (UTC)</th><th>Type</th></tr></thead><tbody>
`

// page writes the listing. Links begin with ./ so that a colon in a name is not taken for the end of a scheme.
func page(title string, top bool, entries []entry, more bool) []byte {
	b := fmt.Appendf(nil, listHead, html.EscapeString(title))
	if !top {
		b = append(b, `<tr><td><a href="../">../</a></td><td></td><td></td><td></td></tr>`+"\n"...)
	}
	for _, e := range entries {
		slash, size, ctype := "", formatSize(e.size), e.ctype
		if e.dir {
			slash, size, ctype = "/", "", "directory"
		}
		modified := ""
		if !e.modified.IsZero() {
			modified = e.modified.UTC().Format("2006-01-02 15:04")
		}
		b = fmt.Appendf(b, `<tr><td><a href="./%s%s">%s%s</a></td><td class="n">%s</td><td class="n">%s</td><td>%s</td></tr>`+"\n",
			html.EscapeString(url.PathEscape(e.name)), slash, html.EscapeString(e.name), slash, size, modified, html.EscapeString(ctype))
	}
	b = append(b, "</tbody></table>"...)
	if more {
		b = fmt.Appendf(b, "<p>Only %d names are shown.</p>", maxListed)
	}
	return append(b, "</body></html>\n"...)
}

// formatSize writes a size as 123B, 12K, 3M or 4G. Twisted: formatFileSize.
func formatSize(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%dB", n)
	case n < 1<<20:
		return fmt.Sprintf("%dK", n>>10)
	case n < 1<<30:
		return fmt.Sprintf("%dM", n>>20)
	}
	return fmt.Sprintf("%dG", n>>30)
}
