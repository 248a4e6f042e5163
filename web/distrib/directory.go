// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package distrib

import (
	"cmp"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

// A UserDirectoryConfig holds the options of a [UserDirectory]. Its zero value means the defaults that the fields name.
type UserDirectoryConfig struct {
	// Users returns all who may have something; it is called on a thread. nil means those of /etc/passwd from MinUID on.
	Users func() ([]SystemUser, error)
	// MinUID is the least user number, so that accounts of the system have nothing; 0 means 1000, below 0 any.
	MinUID int
	// Folder is the name of the folder in a home directory whose files are sent; "" means public_html. Twisted: userDirName.
	Folder string
	// Static holds the options for files. Symbolic links are followed within the folder only, or not at all with its NoSymlinks.
	Static static.Config
	// Subscription holds the options for users' sockets; its Address is not used.
	Subscription SubscriptionConfig
	// DisableListing answers 404 in place of the list of users.
	DisableListing bool
	// MaxUsers is how many users' places are kept; 0 means 1000.
	MaxUsers int
	// Recheck is how long it may take until a change in the home directories, or of the users, is noticed; 0 means 10 s.
	Recheck time.Duration
	// Logger hears of failures; nil means slog.Default().
	Logger *slog.Logger
}

// A UserDirectory is a Leaf below which each user has a place: NAME/ or ~NAME/ has the files in public_html, or what the user publishes if there is no such folder; NAME.torsion-web/ has what the user publishes. Its own
// page lists those who have either. Somebody who has neither cannot be told from nobody.
//
// Folder and socket count only if they belong to the user; so does the process behind the socket. Folder may be a symbolic link within the home directory. Twisted: UserDirectory.
type UserDirectory struct {
	cfg UserDirectoryConfig

	mu     sync.Mutex
	users  map[string]SystemUser // guarded by mu, as what follows
	read   time.Time             // when users were
	places map[string]*place
	names  []string // that are listed
	listed time.Time

	listing sync.Mutex // held by the thread that makes names
}

// NewUserDirectory returns a UserDirectory with a copy of cfg.
func NewUserDirectory(cfg UserDirectoryConfig) *UserDirectory {
	if cfg.Users == nil {
		cfg.Users = systemUsers
	}
	cfg.MinUID = cmp.Or(cfg.MinUID, 1000)
	cfg.Folder = cmp.Or(cfg.Folder, "public_html")
	cfg.MaxUsers = cmp.Or(max(cfg.MaxUsers, 0), 1000)
	cfg.Recheck = cmp.Or(max(cfg.Recheck, 0), 10*time.Second)
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &UserDirectory{cfg: cfg, places: make(map[string]*place)}
}

// IsLeaf returns true.
func (d *UserDirectory) IsLeaf() bool { return true }

// Tilde returns the place of ~NAME, and nil for other names: it is for the Dynamic of a Tree at the root of a site.
func (d *UserDirectory) Tilde(name string, _ *web.Request) web.Resource {
	if !strings.HasPrefix(name, "~") {
		return nil
	}
	return web.LeafFunc(func(r *web.Request) { d.serve(r, name[1:]) })
}

// Render answers with a user's place, or the list.
func (d *UserDirectory) Render(r *web.Request) {
	switch {
	case len(r.PostPath) == 0:
		addSlash(r)
	case len(r.PostPath) == 1 && r.PostPath[0] == "":
		web.Get(d.list).Render(r)
	default:
		name := strings.TrimPrefix(r.PostPath[0], "~")
		r.PrePath, r.PostPath = slices.Concat(r.PrePath, r.PostPath[:1]), r.PostPath[1:]
		d.serve(r, name)
	}
}

// serve has the place of a user answer.
func (d *UserDirectory) serve(r *web.Request, name string) {
	now := r.Loop().Now()
	name, published := strings.CutSuffix(name, SocketName)
	answer := func(p *place) {
		switch {
		case p == nil, published && !p.socket, !p.socket && p.files == nil:
			r.Error(404, "")
		case len(r.PostPath) == 0:
			addSlash(r)
		case published || p.files == nil:
			web.Dispatch(p.sub, r)
		default:
			web.Dispatch(p.files, r)
		}
	}
	if p, ok := d.known(name, now); ok {
		answer(p)
		return
	}
	inThread(r, func() (*place, error) { return d.look(name, now) }, answer)
}

// list lists those who have a place.
func (d *UserDirectory) list(r *web.Request) {
	if d.cfg.DisableListing {
		r.Error(404, "")
		return
	}
	now := r.Loop().Now()
	inThread(r, func() ([]string, error) { return d.all(now) }, func(lines []string) {
		fmt.Fprintf(r, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Users</title></head><body><h1>Users</h1><ul>\n")
		for _, name := range lines {
			fmt.Fprintf(r, "<li><a href=\"%s/\">%s</a></li>\n", html.EscapeString("./"+url.PathEscape(name)), html.EscapeString(name))
		}
		r.WriteString("</ul></body></html>\n")
	})
}

// inThread answers r with the result of f, which blocks.
func inThread[T any](r *web.Request, f func() (T, error), answer func(T)) {
	if threads, ok := r.Loop().(deferred.Threads); ok {
		web.Later(r, deferred.ToThread(threads, f), answer)
		return
	}
	d := deferred.New[T](r.Loop())
	if v, err := f(); err != nil {
		d.Errback(err)
	} else {
		d.Callback(v)
	}
	web.Later(r, d, answer)
}

// addSlash redirects to the same path with a slash.
func addSlash(r *web.Request) {
	location := web.LocalPath(r.Path) + "/"
	if r.Query != "" {
		location += "?" + r.Query
	}
	r.Redirect(301, location)
}

var _ web.Leaf = (*UserDirectory)(nil)
