// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

var webPlugin = app.Plugin{
	Name:  "web",
	Short: "Serve a folder over HTTP",
	Long: `Web serves the files of a folder over HTTP/1.1: with types, ranges, conditional requests, and listings of folders that have no index.html.

SIGINT and SIGTERM stop it: it stops listening, finishes the requests under way, for as long as --grace allows, and ends. A second signal ends it at
once.

With --log-format combined, requests go to standard output as Apache writes them, and the rest to standard error. The logs are written where requests are answered: who reads them by a
pipe has to keep reading, or the server waits for him.`,
	Example: `twist web --listen tcp:8080 --path .
twist web --listen tls:8443:cert=cert.pem:key=key.pem --listen unix:/run/web.sock --path /srv/www
twist web --listen tcp:80:loops=auto --path /srv/www --log-format combined >access.log`,
	New: func(o *usage.Options) app.Maker {
		w := webOptions{listen: []string{"tcp:8080"}, path: "."}
		o.Strings(&w.listen, "listen", "l", `endpoint to listen on (see "twist help endpoints")`).Metavar = "ENDPOINT"
		o.String(&w.path, "path", "p", "folder to serve").Complete = usage.Folders
		o.Flag(&w.noListing, "no-listing", "", "do not list folders that have no index.html")
		o.Flag(&w.dotfiles, "dotfiles", "", "serve and list names that begin with a dot, too")
		return w.make
	},
}

// webOptions are the options of "twist web".
type webOptions struct {
	listen    []string
	path      string
	noListing bool
	dotfiles  bool
}

func (o *webOptions) make(env *app.Env) (service.Service, error) {
	access := web.SlogAccess(env.Log)
	if env.LogSpec.Format == formatCombined {
		if env.Daemon {
			return nil, usage.Errorf("--log-format", "combined writes to standard output, which a daemon does not have")
		}
		access = web.CombinedLog(env.Stdout)
	}
	path, err := filepath.Abs(o.path)
	if err != nil {
		return nil, fmt.Errorf("--path: %w", err)
	}
	files, err := static.Dir(path, static.Config{Listing: !o.noListing, Dotfiles: o.dotfiles})
	if err != nil {
		return nil, fmt.Errorf("--path: %w", err)
	}
	site := web.NewSite(files, web.Config{Logger: env.Log, AccessLog: access})
	l, err := newListeners(env, o.listen, site, "path", path, "reactor", env.Reactor.PollerName(), "loops", len(env.Reactor.Loops()))
	if err != nil {
		return nil, err
	}
	return &webService{listeners: l, site: site}, nil
}

// A webService is a site on its endpoints. Its folder stays open until the process ends, so that it can be started again.
type webService struct {
	*listeners
	site   *web.Site
	cutOff bool
}

var (
	_ service.Binder  = (*webService)(nil)
	_ service.Drainer = (*webService)(nil)
)

// Bind opens the ports.
func (w *webService) Bind() *deferred.Deferred[struct{}] { return w.open() }

// Start opens the ports unless Bind has.
func (w *webService) Start() *deferred.Deferred[struct{}] {
	w.cutOff = false
	if len(w.ports) > 0 {
		return deferred.SucceedOn(w.env.Reactor, struct{}{})
	}
	return w.open()
}

// Drain stops listening and waits for the requests under way. Cancelling it cuts them off.
func (w *webService) Drain() *deferred.Deferred[struct{}] {
	return w.close().AddCallbackD(func(struct{}) *deferred.Deferred[struct{}] { return w.finish(context.Background()) })
}

// Stop cuts off what is left.
func (w *webService) Stop() *deferred.Deferred[struct{}] {
	now, cancel := context.WithCancelCause(context.Background())
	cancel(context.DeadlineExceeded)
	return w.close().AddCallbackD(func(struct{}) *deferred.Deferred[struct{}] { return w.finish(now) }).AddBoth(func(struct{}, error) (struct{}, error) {
		w.env.Log.Info("stopped")
		return struct{}{}, nil
	})
}

// finish waits for the connections until ctx ends. It fails if requests were cut off.
func (w *webService) finish(ctx context.Context) *deferred.Deferred[struct{}] {
	return deferred.FromFunc(ctx, w.env.Reactor, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, w.site.Shutdown(ctx)
	}).AddErrback(func(err error) (struct{}, error) {
		if !w.cutOff {
			w.cutOff = true
			w.env.Log.Warn("requests were cut off", "grace", w.env.Grace)
		}
		return struct{}{}, err
	})
}
