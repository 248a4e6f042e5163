// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/core/usage"
)

// endpoints returns the types of endpoints that twist knows: the built-in ones, limit: for servers and process: for clients.
func endpoints() *endpoint.Registry {
	g := endpoint.NewRegistry()
	if err := errors.Join(policy.Register(g), process.Register(g)); err != nil {
		panic(err) // two types of one name
	}
	return g
}

// declareListen declares --listen.
func declareListen(o *usage.Options, listen *[]string) *usage.Option {
	opt := o.Strings(listen, "listen", "l", `endpoint to listen on (see "twist help endpoints")`)
	opt.Metavar = "ENDPOINT"
	return opt
}

// newServers makes a service that listens where --listen says. name is that of the service in the log.
func newServers(env *app.Env, name string, listen []string, f protocol.Factory) (*service.Multi, error) {
	m := service.NewMulti(env.Reactor, service.MultiConfig{Logger: env.Log})
	g := endpoints()
	return m, addServers(m, env, name, listen, f, func(description string) (endpoint.Server, error) {
		return g.ServerFromString(env.Reactor, description)
	})
}

// addServers adds the servers to a group, and what reloads their certificates. parse makes a server of its description.
func addServers(m *service.Multi, env *app.Env, name string, listen []string, f protocol.Factory, parse func(string) (endpoint.Server, error)) error {
	var servers []endpoint.Server
	for _, description := range listen {
		server, err := parse(description)
		if err != nil {
			return wrongOption("--listen", err)
		}
		servers = append(servers, server)
	}
	return serve(m, env, name, "--listen", servers, f)
}

// serve adds servers, which an option names, to a group, and what reloads their certificates.
func serve(m *service.Multi, env *app.Env, name, option string, servers []endpoint.Server, f protocol.Factory) error {
	var files []*tlswrap.Reloader
	for i, server := range servers {
		files = append(files, certificateFiles(server)...)
		part := name
		if len(servers) > 1 {
			part = fmt.Sprintf("%s-%d", name, i+1)
		}
		s := service.NewStreamServer(env.Reactor, toldServer{server, option}, protocol.WithServiceName(f, part), service.StreamServerConfig{Grace: env.Grace})
		if err := m.Add(part, s); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return nil
	}
	return m.Add("certificates", &certificates{env.Reactor, files})
}

// A toldServer tells the user which option is wrong when it cannot listen.
type toldServer struct {
	endpoint.Server
	option string
}

// Listen listens.
func (t toldServer) Listen(f protocol.Factory) *deferred.Deferred[endpoint.Port] {
	return t.Server.Listen(f).AddErrback(func(err error) (endpoint.Port, error) { return nil, wrongOption(t.option, err) })
}

func wrongOption(option string, err error) error {
	wrong := &app.ExitError{Err: fmt.Errorf("%s: %w", option, err)}
	if _, ok := errors.AsType[*endpoint.Error](err); ok {
		wrong.Hint = `see "twist help endpoints"`
	}
	return wrong
}
