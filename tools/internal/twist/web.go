// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/torsion-go/torsion/core/app"
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

With --log-format combined, requests go to standard output as Apache writes them, and the rest to standard error. The server never waits for who reads its logs: when some thousand lines wait to be read, further ones
are lost, and the log tells how many.`,
	Example: `twist web --listen tcp:8080 --path .
twist web --listen tls:8443:cert=cert.pem:key=key.pem --listen unix:/run/web.sock --path /srv/www
twist web --listen tcp:80:loops=auto --path /srv/www --log-format combined >access.log`,
	New: func(o *usage.Options) app.Maker {
		w := webOptions{listen: []string{"tcp:8080"}, path: "."}
		declareListen(o, &w.listen)
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
		if w := requestLog(env); w != nil {
			access = web.CombinedLog(w)
		}
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
	env.Log.Info("web: serving", "path", path)
	return newServers(env, "web", o.listen, &webSite{site, env, sync.Once{}})
}

// A webSite tells when its service's grace was too short.
type webSite struct {
	*web.Site
	env  *app.Env
	told sync.Once // it has several ports
}

// Shutdown finishes the requests under way, until ctx ends.
func (w *webSite) Shutdown(ctx context.Context) error {
	if err := w.Site.Shutdown(ctx); err != nil {
		w.told.Do(func() { w.env.Log.Warn("requests were cut off", "grace", w.env.Grace) })
	}
	return nil
}
