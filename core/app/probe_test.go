// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

// TestMain lets the test binary be a program with the service below.
func TestMain(m *testing.M) {
	if os.Getenv("APP_TEST_COMMAND") == "1" {
		testApp().Main()
	}
	if signal.Ignored(syscall.SIGHUP) { // as under nohup. The program would not listen to it either: what a parent catches is not ignored
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	leaktest.Main(m)
}

// testApp has one service, one command and one topic.
func testApp() App {
	var r Registry
	if err := r.Register(probePlugin, treePlugin); err != nil {
		panic(err)
	}
	a := App{
		Name: "prog", Short: "A program for tests", Version: "prog 1.2.3", Plugins: &r,
		Commands: []Command{{Name: "say", Short: "say a word", New: func(o *usage.Options) func(context.Context, Stdio) error {
			var word string
			o.Argument(&word, "WORD", "what to say")
			return func(_ context.Context, stdio Stdio) error {
				if word == "no" {
					return &ExitError{Code: ExitDataErr, Err: errors.New("will not say it"), Hint: "say yes"}
				}
				fmt.Fprintln(stdio.Out, word)
				return nil
			}
		}}},
		Topics: []Topic{{"things", "About things", "Things are so."}},
	}
	if os.Getenv("APP_TEST_SUCCEED") != "" {
		a.Succeed = func(env *Env) *deferred.Deferred[struct{}] {
			if os.Getenv("APP_TEST_SUCCEED") == "fail" {
				return deferred.FailOn[struct{}](env.Reactor, errors.New("no successor"))
			}
			return deferred.SucceedOn(env.Reactor, struct{}{})
		}
	}
	return a
}

// A probe is a service that logs its turns and does what its options say.
type probe struct {
	env  *Env
	do   string // what it is to do other than well
	addr string
	port *reactor.Port
}

var _ interface {
	service.Binder
	service.Reloader
	service.Drainer
} = (*probe)(nil)

var probePlugin = Plugin{
	Name: "probe", Short: "Log what happens", Long: "Probe is for tests.", Example: "prog probe --do nothing",
	New: func(o *usage.Options) Maker {
		p := &probe{}
		o.String(&p.do, "do", "", "what to do")
		o.String(&p.addr, "listen", "l", "where to listen")
		return func(env *Env) (service.Service, error) {
			p.env = env
			p.log("make")
			switch p.do {
			case "fail make":
				return nil, errors.New("--do: making failed")
			case "wrong":
				return nil, usage.Errorf("--do", "it is wrong")
			case "unavailable":
				return nil, &ExitError{Code: ExitUnavailable, Err: errors.New("not there")}
			case "panic":
				panic("making panics")
			case "wait make":
				if _, err := os.ReadFile("fifo"); err != nil {
					return nil, err
				}
			}
			return p, p.fault()
		}
	},
}

// fault does what the file "fault" says, which a test writes for a successor.
func (p *probe) fault() error {
	switch what, err := os.ReadFile("fault"); {
	case err != nil:
		return nil // there is none
	case string(what) == "exit":
		os.Exit(3)
	case string(what) == "fail":
		return errors.New("there is a fault")
	case string(what) == "hang":
		p.do = "hang start"
	}
	return nil
}

func (p *probe) log(what string) {
	cwd, err := os.Getwd()
	if err != nil {
		cwd = err.Error()
	}
	p.env.Log.Info(what, "uid", os.Getuid(), "euid", os.Geteuid(), "gid", os.Getgid(), "cwd", cwd, "daemon", p.env.Daemon, "sid", session0(), "pid", os.Getpid(), "user", os.Getenv("USER")+os.Getenv("LOGNAME")+os.Getenv("HOME"))
}

func (p *probe) done(fail string) *deferred.Deferred[struct{}] {
	switch p.do {
	case "fail " + fail:
		return deferred.FailOn[struct{}](p.env.Reactor, errors.New("--do: "+fail+" failed\nand how"))
	case "hang " + fail:
		return deferred.New[struct{}](p.env.Reactor)
	case "deaf " + fail: // not even cancelling ends it
		return deferred.NewCancellable(p.env.Reactor, func(d *deferred.Deferred[struct{}]) { d.Pause() })
	}
	return deferred.SucceedOn(p.env.Reactor, struct{}{})
}

func (p *probe) Bind() *deferred.Deferred[struct{}] {
	p.log("bind")
	if p.addr != "" {
		port, err := p.env.Reactor.ListenTCP(p.addr, protocol.ForProtocol(func() number { return number{} }), reactor.ListenOptions{})
		if err != nil {
			return deferred.FailOn[struct{}](p.env.Reactor, fmt.Errorf("--listen: %w", err))
		}
		p.port = port
		p.env.Log.Info("listening", "addr", port.Addr().String())
	}
	return p.done("bind")
}

func (p *probe) Start() *deferred.Deferred[struct{}] {
	p.log("start")
	switch p.do {
	case "end":
		p.env.Stop(nil)
	case "end self":
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Signal(signalStop)
		}
	case "end badly":
		p.env.Stop(errors.New("cannot go on"))
	case "crash":
		go panic("somewhere else") // nobody waits: it ends the process
	}
	return p.done("start")
}

func (p *probe) Reload() *deferred.Deferred[struct{}] { p.log("reload"); return p.done("reload") }

// Drain closes the port. Its connections have their answer already.
func (p *probe) Drain() *deferred.Deferred[struct{}] {
	p.log("drain")
	if p.port == nil {
		return p.done("drain")
	}
	port := p.port
	p.port = nil
	return port.StopListening().AddCallbackD(func(struct{}) *deferred.Deferred[struct{}] { return p.done("drain") })
}

// number tells the process number, and ends.
type number struct{ protocol.Base }

func (number) ConnectionMade(t protocol.Transport) {
	fmt.Fprintln(t, os.Getpid())
	t.LoseConnection()
}

// treePlugin has a probe two groups deep, which can come to an end.
var treePlugin = Plugin{Name: "tree", Short: "Be a tree", New: func(o *usage.Options) Maker {
	p := &probe{}
	o.String(&p.do, "do", "", "what to do")
	return func(env *Env) (service.Service, error) {
		p.env = env
		outer, inner := service.NewMulti(env.Reactor, service.MultiConfig{}), service.NewMulti(env.Reactor, service.MultiConfig{})
		var err error
		if p.do == "give up" {
			s := service.NewSupervisor(env.Reactor, service.SupervisorConfig{Intensity: -1})
			err = errors.Join(s.Add("leaf", leaf{p}, service.ChildConfig{}), inner.Add("supervisor", s))
		} else {
			err = inner.Add("leaf", leaf{p})
		}
		return outer, errors.Join(err, outer.Add("inner", inner))
	}
}}

// A leaf is a probe that can end.
type leaf struct{ *probe }

func (l leaf) Ended() *deferred.Deferred[struct{}] {
	if l.do == "give up" || l.do == "die" {
		return deferred.FailOn[struct{}](l.env.Reactor, errors.New("the leaf has withered"))
	}
	return deferred.New[struct{}](l.env.Reactor)
}

func (p *probe) Stop() *deferred.Deferred[struct{}] {
	p.log("stop")
	if p.port != nil {
		p.port.StopListening()
		p.port = nil
	}
	return p.done("stop")
}

// run runs the program in this process until the service has started, if it does, and returns its exit status and what it wrote.
func run(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a := testApp()
	a.Notify = &notes{ready: cancel}
	var stdout, stderr bytes.Buffer
	code = Run(ctx, a, args, Stdio{strings.NewReader(""), &stdout, &stderr})
	return code, stdout.String(), stderr.String()
}

// notes is a Notifier that keeps what it is told.
type notes struct {
	ready func()
	told  []string
}

func (n *notes) Ready()     { n.told = append(n.told, "ready"); n.ready() }
func (n *notes) Reloading() { n.told = append(n.told, "reloading") }
func (n *notes) Stopping()  { n.told = append(n.told, "stopping") }
