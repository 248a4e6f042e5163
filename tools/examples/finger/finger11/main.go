// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Finger11 is the whole: a program with options, a log, limits, and a life as a daemon.
//
//	finger11 passwd --passwords passwords alice <password
//	finger11 --daemon --log-file finger.log finger --users users --passwords passwords --listen tcp:79
package main

import (
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

// settings are what the command line says.
type settings struct {
	users, passwords string
	listen           []string
	set, web         string
	neighbours       []string
}

var plugin = app.Plugin{
	Name:    "finger",
	Short:   "Tell what users say of themselves",
	Example: "finger11 finger --users users --listen tcp:79 --web tcp:8080",
	New: func(o *usage.Options) app.Maker {
		s := &settings{users: "users", listen: []string{"tcp:1079"}, set: "tcp:1080:interface=127.0.0.1"}
		o.String(&s.users, "users", "u", "file of users, with a line \"name: text\" for each")
		o.String(&s.passwords, "passwords", "p", "file of names and hashes; without it alice may log in with the password secret")
		o.Strings(&s.listen, "listen", "l", "endpoint to answer questions on")
		o.String(&s.set, "set", "s", "endpoint on which users change what they say")
		o.String(&s.web, "web", "w", "endpoint of the web page; none without it")
		o.Strings(&s.neighbours, "neighbour", "n", "another server, as name=endpoint")
		return func(env *app.Env) (service.Service, error) { return newService(env, s) }
	},
}

func newService(env *app.Env, s *settings) (service.Service, error) {
	users := newUserFile(env.Reactor, s.users)
	limiter, err := policy.NewLimiter(policy.Limits{
		MaxConnections: 1000,
		MaxPerPeer:     20,
		Lifetime:       10 * time.Minute,
		Idle:           time.Minute,
		Logger:         env.Log,
	})
	if err != nil {
		return nil, err
	}
	all := service.NewMulti(env.Reactor, service.MultiConfig{Logger: env.Log})
	if err := all.Add("users", users); err != nil {
		return nil, err
	}
	serve := func(option, description string, f protocol.Factory) error {
		server, err := service.Listen(env.Reactor, description, f)
		if err != nil {
			return usage.Errorf(option, "%w", err)
		}
		return all.Add("", server)
	}
	for _, description := range s.listen {
		if err := serve("--listen", description, limiter.Wrap(fingerFactory(users))); err != nil {
			return nil, err
		}
	}
	if err := serve("--set", s.set, limiter.Wrap(setterFactory(newPortal(users, s.passwords)))); err != nil {
		return nil, err
	}
	if s.web != "" {
		if err := serve("--web", s.web, newSite(users)); err != nil { // it has limits of its own
			return nil, err
		}
	}
	for _, description := range s.neighbours {
		name, at, _ := strings.Cut(description, "=")
		client, err := endpoint.ClientFromString(env.Reactor, at)
		if err != nil {
			return nil, usage.Errorf("--neighbour", "%w", err)
		}
		fetching, err := newNeighbour(&neighbour{loop: env.Reactor, name: name, client: client, users: users})
		if err != nil {
			return nil, err
		}
		if err := all.Add("neighbour "+name, fetching); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func main() {
	program, err := newApp()
	if err != nil {
		panic(err) // two plugins of one name
	}
	program.Main()
}

func newApp() (app.App, error) {
	var plugins app.Registry
	err := plugins.Register(plugin)
	return app.App{
		Short:      "A finger server",
		Plugins:    &plugins,
		Commands:   []app.Command{passwd},
		OpenLog:    openLog,
		LogFormats: []string{"text", "json", "logfmt", "classic"},
	}, err
}
