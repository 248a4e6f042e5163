// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/distrib"
	"github.com/torsion-go/torsion/web/wsgi"
)

// webParts makes what a server serves, and the services that it needs.
type webParts struct {
	*webOptions
	env   *app.Env
	group *service.Multi
	names map[string]int
	all   web.Resource // everything
}

// tree makes everything that is served.
func (p *webParts) tree() (web.Resource, error) {
	var table prefixes
	for _, m := range p.mounts {
		res, err := p.resource(m.targets, len(m.prefix))
		if err != nil {
			return nil, fmt.Errorf("/%s: %w", strings.Join(m.prefix, "/"), err)
		}
		table = append(table, prefix{m.prefix, res})
	}
	if len(p.root) > 0 {
		res, err := p.resource(p.root, 0)
		if err != nil {
			return nil, err
		}
		table = append(table, prefix{nil, res})
	}
	slices.SortStableFunc(table, func(a, b prefix) int { return len(b.segments) - len(a.segments) }) // the longest first
	if p.all = table; len(table) == 1 && len(table[0].segments) == 0 {
		p.all = table[0].res
	}
	return p.all, nil
}

// resource makes one of targets, which are of one kind.
func (p *webParts) resource(targets []target, depth int) (res web.Resource, err error) {
	t := targets[0]
	switch t.kind {
	case "path":
		res, err = p.files(t, depth)
	case "user":
		p.env.Log.Info("web: serving", "user", t.argument)
		c := userDirectory
		c.Folder, c.Static.Listing, c.Logger = t.argument, true, p.env.Log
		res = distrib.NewUserDirectory(c)
	case "wsgi":
		res, err = p.wsgi(t)
	case "cgi":
		res, err = p.cgi(t)
	case "fastcgi":
		res, err = p.fastcgi(t)
	case "scgi":
		res, err = p.scgi(t)
	case "proxy":
		res, err = p.proxy(targets)
	}
	if err == nil {
		return res, nil
	}
	if _, ok := errors.AsType[*usage.Error](err); ok {
		return nil, err
	}
	wrong := &app.ExitError{Err: fmt.Errorf("%s: %w", t.option, err)}
	if _, ok := errors.AsType[*endpoint.Error](err); ok {
		wrong.Hint = `see "twist help endpoints"`
	}
	return nil, wrong
}

// userDirectory is what --user starts from; tests have users of their own.
var userDirectory distrib.UserDirectoryConfig

// add adds a service to the group, under a name that tells it from others of its kind.
func (p *webParts) add(kind string, s service.Service) error {
	if p.names == nil {
		p.names = map[string]int{}
	}
	p.names[kind]++
	if n := p.names[kind]; n > 1 {
		kind = fmt.Sprintf("%s-%d", kind, n)
	}
	return p.group.Add(kind, s)
}

// ends has f called when the server has stopped.
func (p *webParts) ends(kind string, f func()) {
	if err := p.add(kind, &closing{p.env.Reactor, f}); err != nil {
		panic(err) // two of one name
	}
}

// A closing is a service that calls a function when it stops.
type closing struct {
	r *reactor.Reactor
	f func()
}

// Start does nothing.
func (c *closing) Start() *deferred.Deferred[struct{}] {
	return deferred.SucceedOn(c.r, struct{}{})
}

// Stop calls the function.
func (c *closing) Stop() *deferred.Deferred[struct{}] {
	c.f()
	return deferred.SucceedOn(c.r, struct{}{})
}

// workers are the service of a Python application. They do not drain: the servers in front of them do, and need them until then.
type workers struct{ app *wsgi.Service }

// Start starts them.
func (w *workers) Start() *deferred.Deferred[struct{}] { return w.app.Start() }

// Stop ends them.
func (w *workers) Stop() *deferred.Deferred[struct{}] { return w.app.Stop() }

// Reload replaces them.
func (w *workers) Reload() *deferred.Deferred[struct{}] { return w.app.Reload() }

// Health tells why some are missing.
func (w *workers) Health() error { return w.app.Health() }

// Ready tells whether there are any.
func (w *workers) Ready() error { return w.app.Ready() }

// prefixes have requests answered by what is below the longest prefix of their path. They are sorted.
type prefixes []prefix

type prefix struct {
	segments []string
	res      web.Resource
}

// IsLeaf returns true.
func (prefixes) IsLeaf() bool { return true }

// Render has the resource answer.
func (t prefixes) Render(r *web.Request) {
	for _, p := range t {
		if n := len(p.segments); n <= len(r.PostPath) && slices.Equal(r.PostPath[:n], p.segments) {
			r.PrePath, r.PostPath = slices.Concat(r.PrePath, p.segments), r.PostPath[n:]
			web.Dispatch(p.res, r)
			return
		}
	}
	r.Error(404, "")
}
