// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"cmp"
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/coding"
)

// maxListed bounds the names that a listing shows.
const maxListed = 10000

// A Listing is what there is in a directory. Its JSON form is what clients get that accept application/json more gladly than text/html.
type Listing struct {
	Path    []string `json:"path"`    // the segments from the root of the site to the directory
	Depth   int      `json:"depth"`   // how many of them are within the tree of files
	Sort    string   `json:"sort"`    // name, size or date
	Order   string   `json:"order"`   // asc or desc
	Entries []Entry  `json:"entries"` // directories first
	More    bool     `json:"more"`    // there are others, beyond 10000

	query string // for links that keep the order
}

// An Entry is a file or directory in a Listing.
type Entry struct {
	Name     string    `json:"name"`
	Dir      bool      `json:"directory"`
	Size     int64     `json:"size"`               // 0 for directories
	Modified time.Time `json:"modified,omitzero"`  // zero if it is not known
	Type     string    `json:"type,omitempty"`     // content type; "" if the name does not tell
	Encoding string    `json:"encoding,omitempty"` // content coding
}

// list answers with what is in the directory. It is put together in a thread if the loop has any.
func (f *Files) list(r *web.Request, name string) {
	l := &Listing{Path: slices.DeleteFunc(slices.Clone(r.PrePath), func(s string) bool { return s == "" }), Sort: "name", Order: "asc"}
	if name != "." {
		inner := strings.Split(name, "/")
		l.Path, l.Depth = append(l.Path, inner...), len(inner)
	}
	switch s := r.Arg("sort"); s {
	case "size", "date":
		l.Sort = s
	}
	if r.Arg("order") == "desc" {
		l.Order = "desc"
	}
	if l.Sort != "name" || l.Order != "asc" {
		l.query = "?sort=" + l.Sort + "&order=" + l.Order
	}
	asJSON := acceptsJSON(r)
	prepare := func() (page []byte, err error) {
		if err = f.read(l, name); err != nil {
			return nil, err
		}
		switch {
		case asJSON:
			page, err = json.Marshal(l)
		case f.config.ListingPage != nil:
			page, err = f.config.ListingPage(l)
		default:
			page = listingPage(l)
		}
		return page, err
	}
	render := func(page []byte) {
		h := r.ResponseHeader()
		addVary(h, "Accept")
		h.Set("X-Content-Type-Options", "nosniff")
		switch {
		case asJSON:
			h.Set("Content-Type", "application/json")
		case f.config.ListingPage != nil:
			h.Set("Content-Type", "text/html; charset=utf-8")
		default:
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Content-Security-Policy", listingPolicy())
			h.Set("Referrer-Policy", "same-origin")
		}
		h.Set("Content-Length", strconv.Itoa(len(page)))
		r.Write(page)
	}
	threads, ok := r.Loop().(deferred.Threads)
	if !ok {
		page, err := prepare()
		if err != nil {
			f.refuse(r, statusOf(err))
			return
		}
		render(page)
		return
	}
	web.Later(r, deferred.ToThread(threads, func() ([]byte, error) {
		page, err := prepare()
		if err != nil {
			return nil, &web.StatusError{Status: statusOf(err)}
		}
		return page, nil
	}), render)
}

// acceptsJSON reports whether the client names JSON and likes it better than HTML.
func acceptsJSON(r *web.Request) bool {
	if !r.Header.Has("Accept") {
		return false
	}
	a := coding.Parse(r.Header.Tokens("Accept"))
	return a.Weight("application/json") > max(a.Weight("text/html"), 0)
}

// read fills l. What vanishes meanwhile, cannot be reached or is hidden is left out.
func (f *Files) read(l *Listing, dir string) error {
	names, err := fs.ReadDir(f.fsys, dir)
	if err != nil {
		return err
	}
	l.Entries = []Entry{}
	for _, d := range names {
		if !f.reachable(d.Name()) {
			continue
		}
		if len(l.Entries) == maxListed {
			l.More = true
			break
		}
		info, err := fs.Stat(f.fsys, path.Join(dir, d.Name())) // of what a link points to
		if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
			continue
		}
		e := Entry{Name: d.Name(), Dir: info.IsDir(), Modified: info.ModTime().UTC()}
		if !e.Dir {
			e.Size = info.Size()
			e.Type, e.Encoding = f.typeOf(e.Name)
			e.Type, _, _ = strings.Cut(e.Type, ";")
		}
		l.Entries = append(l.Entries, e)
	}
	l.sort()
	return nil
}

// sort puts directories first, and orders both them and the files.
func (l *Listing) sort() {
	slices.SortFunc(l.Entries, func(a, b Entry) int {
		if a.Dir != b.Dir {
			if a.Dir {
				return -1
			}
			return 1
		}
		c, byName := 0, cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
		switch l.Sort {
		case "name":
			c = byName
		case "size":
			c = cmp.Compare(a.Size, b.Size)
		case "date":
			c = a.Modified.Compare(b.Modified)
		}
		if l.Order == "desc" {
			c = -c
		}
		return cmp.Or(c, byName)
	})
}
