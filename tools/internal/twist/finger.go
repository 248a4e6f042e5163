// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/finger"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

var fingerPlugin = app.Plugin{
	Name:  "finger",
	Short: "Tell who users are (RFC 1288)",
	Long: `Finger answers queries for users. --users names a file with a line for each: the name, a colon, and what to tell; \n in it begins a new line, and lines that begin with # are comments. SIGHUP has it read again. --accounts tells the names of
the system's accounts instead.

Queries for the list of users are refused unless there is --list, and those for other hosts always.`,
	Example: `twist finger --listen tcp:79 --users /etc/finger.users --uid nobody
twist finger --listen limit:perpeer=4:rate=20:tcp:79 --accounts --uid nobody`,
	New: func(o *usage.Options) app.Maker {
		f := fingerOptions{listen: []string{"tcp:79"}}
		declareListen(o, &f.listen)
		users := o.String(&f.users, "users", "", "the file of users")
		users.Metavar, users.Complete = "FILE", usage.Files
		o.Flag(&f.accounts, "accounts", "", "tell of the system's accounts")
		o.Flag(&f.list, "list", "", "tell the list of the users in the file, too")
		o.Check(func() error {
			if (f.users == "") != f.accounts {
				return usage.Errorf("", "tell of whom? Either --users FILE or --accounts")
			}
			if f.list && f.accounts {
				return usage.Errorf("--list", "is for --users")
			}
			return nil
		})
		return f.make
	},
}

// fingerOptions are the options of "twist finger".
type fingerOptions struct {
	listen         []string
	users          string
	accounts, list bool
}

func (f *fingerOptions) make(env *app.Env) (service.Service, error) {
	s := &fingerService{env: env, path: f.users}
	server := &finger.Server{GetUser: s.fromFile, Logger: env.Log}
	if f.accounts {
		server.GetUser = s.fromAccounts
	} else if err := s.load(); err != nil {
		return nil, fmt.Errorf("--users: %w", err)
	}
	if f.list {
		server.GetDomain = s.names
	}
	var err error
	s.Multi, err = newServers(env, "finger", f.listen, newConnections(env, server, true))
	return s, err
}

// A fingerService tells of the users in a file, or of accounts.
type fingerService struct {
	*service.Multi
	env   *app.Env
	path  string
	users atomic.Pointer[map[string]string]
}

// maxUsers bounds the file, in bytes.
const maxUsers = 8 << 20

func (s *fingerService) load() error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxUsers+1))
	if err != nil {
		return err
	}
	if len(text) > maxUsers {
		return fmt.Errorf("%s is larger than %d bytes", s.path, maxUsers)
	}
	users := map[string]string{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, about, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			return fmt.Errorf("%s:%d: not NAME:TEXT", s.path, n)
		}
		users[name] = strings.ReplaceAll(strings.TrimSpace(about), `\n`, "\n")
	}
	s.users.Store(&users)
	return nil
}

// Reload reads the file again.
func (s *fingerService) Reload() *deferred.Deferred[struct{}] {
	if s.path == "" {
		return deferred.SucceedOn(s.env.Reactor, struct{}{})
	}
	return deferred.ToThread(s.env.Reactor, func() (struct{}, error) { return struct{}{}, s.load() })
}

func (s *fingerService) fromFile(t protocol.Transport, q finger.Query) *deferred.Deferred[string] {
	about, ok := (*s.users.Load())[q.User]
	return deferred.SucceedOn(t.Loop(), tell(q.User, about, ok))
}

func (s *fingerService) names(t protocol.Transport, _ finger.Query) *deferred.Deferred[string] {
	var names []string
	for name := range *s.users.Load() {
		names = append(names, name)
	}
	slices.Sort(names)
	return deferred.SucceedOn(t.Loop(), strings.Join(names, "\n")+"\n")
}

// fromAccounts asks the system, which may have to ask a server.
func (s *fingerService) fromAccounts(t protocol.Transport, q finger.Query) *deferred.Deferred[string] {
	threads, ok := t.Loop().(deferred.Threads)
	if !ok {
		return deferred.FailOn[string](t.Loop(), errors.New("finger: the loop has no threads"))
	}
	return deferred.ToThread(threads, func() (string, error) {
		u, err := user.Lookup(q.User)
		if _, unknown := errors.AsType[user.UnknownUserError](err); unknown {
			return tell(q.User, "", false), nil
		}
		if err != nil {
			return "", err
		}
		name, _, _ := strings.Cut(u.Name, ",") // the rest is the room and telephone
		return tell(u.Username, name, true), nil
	})
}

func tell(name, about string, ok bool) string {
	if !ok {
		return fmt.Sprintf("Login: %s\nNo such user\n", name)
	}
	return fmt.Sprintf("Login: %s\nName: %s\n", name, about)
}
