// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"context"
	"net/netip"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/compress"
	"github.com/torsion-go/torsion/web/distrib"
	"github.com/torsion-go/torsion/web/observe"
	"github.com/torsion-go/torsion/web/secure"
)

var webPlugin = app.Plugin{
	Name:  "web",
	Short: "Serve files, applications and other servers over HTTP",
	Long: `Web is an HTTP server for HTTP/1.1 and HTTP/2. At / it has what one of --path, --user, --wsgi, --cgi, --fastcgi and --proxy names, or else the files of the current folder; each --mount puts something below
a prefix. What --mount takes is TYPE:ARGUMENT, of the types

  path:DIR            files, as --path
  user:FOLDER         users' folders of that name, as --user, which has public_html
  wsgi:MODULE:APP     a Python application, as --wsgi
  cgi:DIR             CGI programs, as --cgi
  fastcgi:ENDPOINT    a FastCGI application, as --fastcgi
  scgi:ENDPOINT       an SCGI application
  proxy:URL           another server, as --proxy; several of one prefix share the load

With mounts and nothing else, nothing is at /. Servers behind --proxy with https are spoken to in HTTP/2 if they choose it.

Files have types, ranges, conditional requests, and listings of folders without an index. A --processor has programs answer in place of files with an extension:

  EXT=cgi                 the file is a CGI program
  EXT=cgi:COMMAND         COMMAND runs the file, by CGI
  EXT=php                 the same with php-cgi
  EXT=fastcgi:ENDPOINT    a FastCGI application runs the file, such as php-fpm
  EXT=template            the file is a template of Go's html/template, which sees the request as .Method, .Args and so on

With --acme, an authority such as Let's Encrypt issues the certificates of --https and of tls: endpoints without cert=, which are renewed in the background. It has to reach one of those ports at port 443 of the name, or any port
without TLS at port 80; ports may be forwarded.

With --personal, the server is one user's part of another, which runs with --user and serves it below the user's name. At TCP ports it answers to the networks of --trust-proxy only; at UNIX sockets other than its own, to whoever may
connect.

SIGINT and SIGTERM stop the server: it stops listening, finishes the requests under way, for as long as --grace allows, and ends. A second signal ends it at once. SIGHUP reads the certificates of tls: endpoints again, starts
new Python workers, which take over when they have loaded the application, and opens the logs again. SIGUSR2 replaces the whole program without a request lost.

Requests go to the log, a line each. With --log-format combined they go to standard output as Apache writes them, and the rest to standard error; with --logfile, to a file. The server never waits for who reads its logs: when
some thousand lines wait to be read, further ones are lost, and the log tells how many.`,
	Example: `twist web --listen tcp:8080 --path .
twist web --listen tls:8443:cert=cert.pem:key=key.pem --listen unix:/run/web.sock --path /srv/www --logfile access.log
twist web --wsgi shop.wsgi:application --wsgi-workers 4 --mount /static=path:/srv/shop/static
twist web --path /srv/www --processor php=fastcgi:unix:/run/php/php-fpm.sock --index index.php
twist web --proxy http://10.0.0.7:8080 --proxy http://10.0.0.8:8080 --proxy-check /healthz
twist web --path /srv/www --auth hashed:/etc/web-users --realm Files
twist web --port 80 --https 443 --acme example.org --acme www.example.org --acme-dir /var/lib/web-certificates --acme-agree --path /srv/www`,
	New: func(o *usage.Options) app.Maker {
		w := &webOptions{}
		w.declare(o)
		return w.make
	},
}

// webOptions are the options of "twist web".
type webOptions struct {
	listen  webListen
	root    []target // --proxy may be given several times
	mounts  []mount
	files   webFiles
	apps    webApps
	auth    webAuth
	headers []field

	noCompress, tracebacks, noHTTP2, secure, user bool

	logfile string
	metrics string
	trusted web.Proxies
	maxBody int64
	limits  policy.Limits
}

func (w *webOptions) declare(o *usage.Options) {
	w.listen.declare(o)
	o.Group("Certificates from an authority")
	w.listen.acme.declare(o)
	o.Group("Files")
	w.root1(o, "path", "folder to serve [default: ., if nothing else is served]", "DIR").Complete = usage.Folders
	o.Flag(&w.user, "user", "", "serve a folder for each user: public_html of the home folder, or what the user's own server publishes")
	w.files.declare(o)
	o.Group("Applications and other servers")
	w.root1(o, "wsgi", "Python application to serve: shop.wsgi:application, say", "MODULE:APP")
	w.apps.declareWSGI(o)
	w.root1(o, "cgi", "folder of CGI programs, or a single one", "DIR").Complete = usage.Files
	w.root1(o, "fastcgi", "endpoint of a FastCGI application", "ENDPOINT")
	proxy := w.root1(o, "proxy", "server to pass requests on to, as http://10.0.0.7:8080 or an endpoint; several share the load", "URL")
	proxy.Complete = usage.Hosts
	w.apps.declareProxy(o)
	o.Var(&repeated{w.addMount, func() { w.mounts = nil }}, "mount", "m", "serve something else below a prefix, as /app=wsgi:shop:app; see below").Metavar = "PREFIX=WHAT"
	o.Group("Logins")
	w.auth.declare(o)
	o.Group("Answers")
	o.Flag(&w.noCompress, "no-compress", "", "do not compress answers by zstd, br or gzip for clients that accept that")
	o.Var(&repeated{w.addHeader, func() { w.headers = nil }}, "add-header", "", `header field to add to every answer, as "X-Frame-Options: DENY"`).Metavar = "NAME:VALUE"
	o.Flag(&w.secure, "security-headers", "", "add the fields that tell browsers what pages may do, where there are none: HSTS, over TLS, Content-Security-Policy and others")
	o.Flag(&w.tracebacks, "display-tracebacks", "", "show clients errors and stacks, which may hold secrets: for development")
	o.Group("Operation")
	logfile := o.String(&w.logfile, "logfile", "", "write requests to this file as Apache does; it rotates and is opened again as --log-file")
	logfile.Complete = usage.Files
	o.String(&w.metrics, "metrics", "", "show figures for Prometheus at this path, to whom --auth lets in").Metavar = "PATH"
	o.Var(&repeated{w.trust, func() { w.trusted = web.Proxies{} }}, "trust-proxy", "", `network of proxies in front, whose X-Forwarded fields are believed, as 10.0.0.0/8, or "unix" for UNIX sockets`).Metavar = "NETWORK"
	o.Size(&w.maxBody, "max-body", "", "bytes that the body of a request may have").Default = "16M"
	limit := func(p *int, name, doc string) { o.Int(p, name, "", doc).Default = "" }
	limit(&w.limits.MaxConnections, "max-connections", "how many connections there may be at a time")
	limit(&w.limits.MaxPerPeer, "max-per-peer", "how many a single client may have, by its address")
	o.Flag(&w.noHTTP2, "no-http2", "", "speak HTTP/1 only")
	o.Group("")
	o.Check(func() error { return w.check(o) })
}

// trust adds a network to those whose proxies are believed.
func (w *webOptions) trust(text string) error {
	if text == "unix" {
		w.trusted.Unix = true
		return nil
	}
	network, err := parseNetwork(text)
	w.trusted.Trusted = append(w.trusted.Trusted, network)
	return err
}

// parseNetwork takes an address for a network of one.
func parseNetwork(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Prefix(a.BitLen())
	}
	return netip.ParsePrefix(text)
}

func (w *webOptions) make(env *app.Env) (service.Service, error) {
	access, err := w.accessLog(env)
	if err != nil {
		return nil, err
	}
	metrics := observe.NewMetrics()
	p := &webParts{webOptions: w, env: env, group: service.NewMulti(env.Reactor, service.MultiConfig{Logger: env.Log})}
	root, err := p.tree()
	if err != nil {
		return nil, err
	}
	if w.metrics != "" {
		root = prefixes{{strings.Split(w.metrics[1:], "/"), metrics}, {nil, root}}
		access = web.AccessLogs(access, metrics)
	}
	if root, err = w.auth.protect(env, root); err != nil {
		return nil, err
	}
	if !w.noCompress {
		root = compress.New(root, compress.Config{})
	}
	if w.secure {
		if root, err = secure.NewHeaders(root, secure.HeadersConfig{}); err != nil {
			return nil, err
		}
	}
	if len(w.headers) > 0 {
		root = headed(root, w.headers)
	}
	certs, err := w.listen.acme.manager(env, w.listen.listen)
	if err != nil {
		return nil, err
	}
	if certs != nil {
		root = certs.Challenges(root)
	}
	config := web.Config{
		Logger: env.Log, AccessLog: access, DisplayTracebacks: w.tracebacks, Proxies: w.trusted, Limits: web.Limits{Body: w.maxBody}, HTTP2: web.HTTP2{Disabled: w.noHTTP2},
	}
	var (
		site      *web.Site
		publisher *distrib.Publisher
	)
	if w.listen.personal {
		publisher = &distrib.Publisher{Root: root, Trusted: w.trusted.Trusted, Config: config}
		site = publisher.Site()
	} else {
		site = web.NewSite(root, config)
	}
	metrics.AddSite("web", site)
	w.limits.Logger = env.Log
	limiter, err := policy.NewLimiter(w.limits)
	if err != nil {
		return nil, usage.Errorf("", "%w", err)
	}
	var factory protocol.Factory = &webSite{site, env, sync.Once{}}
	if w.limits.MaxConnections > 0 || w.limits.MaxPerPeer > 0 {
		factory = limiter.Wrap(factory)
	}
	return p.group, w.listen.serve(p.group, env, factory, certs, publisher)
}

// accessLog returns where requests go.
func (w *webOptions) accessLog(env *app.Env) (web.AccessLog, error) {
	combined := env.LogSpec.Format == formatCombined
	switch {
	case combined && w.logfile != "":
		return nil, usage.Errorf("--logfile", "is another place for what --log-format combined writes to standard output: leave either away")
	case combined && env.Daemon:
		return nil, usage.Errorf("--log-format", "combined writes to standard output, which a daemon does not have: name a --logfile instead")
	case w.logfile != "":
		file, err := openRequestFile(env, "--logfile", w.logfile)
		if err != nil {
			return nil, err
		}
		return web.CombinedLog(file), nil
	}
	if out := requestLog(env); combined && out != nil {
		return web.CombinedLog(out), nil
	}
	return web.SlogAccess(env.Log), nil
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
