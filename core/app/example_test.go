// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

// A greeting is a service that says a word and has then done its work.
type greeting struct {
	env  *app.Env
	word string
}

func (g *greeting) Start() *deferred.Deferred[struct{}] {
	fmt.Fprintln(g.env.Stdout, g.word)
	g.env.Stop(nil)
	return deferred.SucceedOn(g.env.Reactor, struct{}{})
}

func (g *greeting) Stop() *deferred.Deferred[struct{}] {
	fmt.Fprintln(g.env.Stdout, "bye")
	return deferred.SucceedOn(g.env.Reactor, struct{}{})
}

var greet = app.Plugin{
	Name:  "greet",
	Short: "Say a word",
	New: func(o *usage.Options) app.Maker {
		word := "hello"
		o.String(&word, "word", "w", "what to say")
		return func(env *app.Env) (service.Service, error) {
			if word == "" {
				return nil, usage.Errorf("--word", "is empty")
			}
			return &greeting{env, word}, nil
		}
	},
}

// A program of one's own is main with app.Main(greet). Run is the same for tests.
func ExampleRun() {
	var plugins app.Registry
	if err := plugins.Register(greet); err != nil {
		fmt.Println(err)
	}
	program := app.App{Name: "greeter", Plugins: &plugins, DisableExternal: true}
	run := func(args ...string) {
		status := app.Run(context.Background(), program, args, app.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stdout})
		fmt.Println("exit status", status)
	}
	program.OpenLog = func(spec app.LogSpec) (app.Log, error) {
		spec.Stdout = io.Discard
		return app.OpenLog(spec)
	}
	run("greet", "--word=hi")
	run("greet", "--word=")
	run("great")
	// Output:
	// hi
	// bye
	// exit status 0
	// greeter: error: --word: is empty
	// greeter: hint: see "greeter --help"
	// exit status 64
	// greeter: error: there is no service "great": did you mean greet?
	// greeter: hint: see "greeter --help"
	// exit status 64
}
