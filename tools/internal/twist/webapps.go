// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/cgi"
	"github.com/torsion-go/torsion/web/fastcgi"
	"github.com/torsion-go/torsion/web/proxy"
	"github.com/torsion-go/torsion/web/scgi"
	"github.com/torsion-go/torsion/web/wsgi"
)

// webApps are the options of "twist web" that concern applications and other servers.
type webApps struct {
	workers, threads        int
	python, virtualenv, dir string
	balance, check          string
	preserveHost            bool
}

var balances = map[string]proxy.Balance{"round-robin": proxy.RoundRobin, "least": proxy.LeastConnections, "client": proxy.HashClient}

func (a *webApps) declareWSGI(o *usage.Options) {
	o.Int(&a.workers, "wsgi-workers", "", "processes that serve it").Default = "one for each processor"
	o.Int(&a.threads, "wsgi-threads", "", "requests that a process serves at a time").Default = "1"
	o.String(&a.dir, "wsgi-dir", "", "folder that its processes work in, and look for modules in").Complete = usage.Folders
	python := o.String(&a.python, "python", "", "Python to run it, 3.8 or later")
	python.Default, python.Complete = "python3", usage.Files
	o.String(&a.virtualenv, "virtualenv", "", "its virtual environment").Complete = usage.Folders
}

func (a *webApps) declareProxy(o *usage.Options) {
	a.balance = "round-robin"
	o.Enum(&a.balance, []string{"round-robin", "least", "client"}, "proxy-balance", "", "which of several servers gets a request: each in turn, the one with the fewest, or the same for the same client")
	o.String(&a.check, "proxy-check", "", "path that servers are asked for every 5 seconds: those that fail get no requests").Metavar = "PATH"
	o.Flag(&a.preserveHost, "proxy-preserve-host", "", "hand on the host that the client asked for")
}

// wsgi makes a resource of a Python application, and a service of its workers.
func (p *webParts) wsgi(t target) (web.Resource, error) {
	a := p.apps
	if a.workers < 0 || a.threads < 0 {
		return nil, usage.Errorf("--wsgi-workers, --wsgi-threads", "are not below 0")
	}
	s, err := wsgi.New(p.env.Reactor, wsgi.Config{
		Application: t.argument, Python: a.python, Virtualenv: a.virtualenv, Dir: a.dir, Workers: a.workers, Threads: a.threads,
		Timeouts: wsgi.Timeouts{Grace: p.env.Grace}, Logger: p.env.Log,
	})
	if err != nil {
		return nil, err
	}
	p.env.Log.Info("web: serving", "wsgi", t.argument)
	return s, p.add("wsgi", &workers{s})
}

// cgi makes a resource of CGI programs.
func (p *webParts) cgi(t target) (web.Resource, error) {
	path, err := filepath.Abs(t.argument)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	p.env.Log.Info("web: serving", "cgi", path)
	c := cgi.Config{Logger: p.env.Log, Root: cgiRoot(p)}
	if info.IsDir() {
		return cgi.Directory(path, c), nil
	}
	return cgi.Script(path, c), nil
}

// cgiRoot is where local redirects of programs lead: to all that is served.
func cgiRoot(p *webParts) web.Resource {
	return web.LeafFunc(func(r *web.Request) { web.Dispatch(p.all, r) })
}

// fastcgi makes a resource of a FastCGI application.
func (p *webParts) fastcgi(t target) (web.Resource, error) {
	if err := p.checkClient(t.argument); err != nil {
		return nil, err
	}
	a, err := fastcgi.New(t.argument, fastcgi.Config{Logger: p.env.Log, Local: cgiRoot(p)})
	if err != nil {
		return nil, err
	}
	p.ends("fastcgi", a.Close)
	p.env.Log.Info("web: serving", "fastcgi", t.argument)
	return a, nil
}

// scgi makes a resource of an SCGI application.
func (p *webParts) scgi(t target) (web.Resource, error) {
	if err := p.checkClient(t.argument); err != nil {
		return nil, err
	}
	p.env.Log.Info("web: serving", "scgi", t.argument)
	return scgi.New(t.argument, scgi.Config{Logger: p.env.Log, Local: cgiRoot(p)})
}

// proxy makes a resource of other servers.
func (p *webParts) proxy(targets []target) (web.Resource, error) {
	c := proxy.ReverseConfig{
		Balance: balances[p.apps.balance], Health: proxy.Health{Path: p.apps.check}, PreserveHost: p.apps.preserveHost, Trusted: p.trusted.Trusted, Registry: endpoints(), Logger: p.env.Log,
	}
	for i, t := range targets {
		description, path, err := upstreamOf(t.argument)
		switch {
		case err != nil:
			return nil, err
		case p.checkClient(description) != nil:
			return nil, p.checkClient(description)
		case i > 0 && path != c.Path:
			return nil, usage.Errorf(t.option, "servers that share the load need the same path: %s is not %s", path, c.Path)
		}
		c.Upstreams, c.Path = append(c.Upstreams, description), path
	}
	reverse, err := proxy.NewReverse(c)
	if err != nil {
		return nil, err
	}
	p.ends("proxy", reverse.Close)
	p.env.Log.Info("web: serving", "proxy", strings.Join(c.Upstreams, " "))
	return reverse, nil
}

// checkClient finds what is wrong with the description of a client now, not when the first request comes.
func (p *webParts) checkClient(description string) error {
	_, err := endpoints().ClientFromString(p.env.Reactor, description)
	return err
}

// upstreamOf makes the description of a client and a path of a URL. Anything but a URL is a description.
func upstreamOf(text string) (description, path string, err error) {
	if !strings.Contains(text, "://") {
		return text, "/", nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", "", errors.Unwrap(err) // the user knows the URL
	}
	transport, port := "tcp", 80
	switch u.Scheme {
	case "http":
	case "https":
		transport, port = "tls", 443
	default:
		return "", "", fmt.Errorf("%q is neither an http nor an https URL", text)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Hostname() == "" {
		return "", "", fmt.Errorf("%q is more or less than http://HOST:PORT/PATH", u.Redacted())
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return "", "", err
		}
	}
	if path = u.EscapedPath(); path == "" {
		path = "/"
	}
	return transport + ":" + endpoint.Quote(u.Hostname()) + ":" + strconv.Itoa(port), path, nil
}
