// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Site10 is the whole: a program with options, a log, and a life as a daemon.
//
//	echo 'correct horse' | site10 passwd --users users alice
//	site10 site --users users --dir pictures --listen tcp:8080
//	site10 --daemon --pidfile site.pid --log-file site.log site --listen tls:443:cert=cert.pem:key=key.pem
package main

import (
	"bufio"
	"context"
	"net/netip"
	"strings"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/web"
)

// settings are what the command line says.
type settings struct {
	listen, proxies []string
	dir, users      string
}

var plugin = app.Plugin{
	Name:    "site",
	Short:   "Serve a board of notes",
	Example: "site10 site --users users --dir pictures --listen tcp:8080",
	New: func(o *usage.Options) app.Maker {
		s := &settings{listen: []string{"tcp:8080"}, dir: "pictures", users: "users"}
		o.Strings(&s.listen, "listen", "l", "endpoint to listen on")
		o.Strings(&s.proxies, "proxy", "", "network of proxies that are trusted")
		o.String(&s.dir, "dir", "d", "folder of the pictures, which has to be there")
		o.String(&s.users, "users", "u", "file of users and their passwords' hashes")
		return func(env *app.Env) (service.Service, error) { return newService(env, s) }
	},
}

func newService(env *app.Env, s *settings) (service.Service, error) {
	b := &board{threads: env.Reactor, login: newLogin(s.users), dir: s.dir}
	root, err := newRoot(b)
	if err != nil {
		return nil, usage.Errorf("--dir", "%w", err)
	}
	config := web.Config{Logger: env.Log, AccessLog: web.SlogAccess(env.Log), Proxies: web.Proxies{Unix: true}}
	for _, text := range s.proxies {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, usage.Errorf("--proxy", "%w", err)
		}
		config.Proxies.Trusted = append(config.Proxies.Trusted, network)
	}
	site := web.NewSite(root, config)
	all := service.NewMulti(env.Reactor, service.MultiConfig{Logger: env.Log})
	for _, description := range s.listen {
		server, err := service.Listen(env.Reactor, description, site)
		if err != nil {
			return nil, usage.Errorf("--listen", "%w", err)
		}
		if err := all.Add("", server); err != nil {
			return nil, err
		}
	}
	return all, all.Add("board", b) // last, so that it stops first: the servers wait for its streams
}

// passwd adds a user. It reads the password from standard input: arguments can be seen by everybody.
var passwd = app.Command{
	Name:  "passwd",
	Short: "Set the password of a user",
	New: func(o *usage.Options) func(ctx context.Context, stdio app.Stdio) error {
		file, name := "users", ""
		o.String(&file, "users", "u", "file of users and their passwords' hashes")
		o.Argument(&name, "NAME", "the user")
		return func(_ context.Context, stdio app.Stdio) error {
			line, err := bufio.NewReader(stdio.In).ReadString('\n')
			if err != nil {
				return err
			}
			return password.File{Path: file}.Set(name, strings.TrimRight(line, "\r\n"))
		}
	},
}

func main() {
	var plugins app.Registry
	if err := plugins.Register(plugin); err != nil {
		panic(err) // two plugins of one name
	}
	app.App{Short: "A board of notes", Plugins: &plugins, Commands: []app.Command{passwd}}.Main()
}
