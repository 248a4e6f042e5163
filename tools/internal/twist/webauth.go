// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"reflect"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/digest"
	"github.com/torsion-go/torsion/core/cred/guard"
	"github.com/torsion-go/torsion/core/cred/strcred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/httpauth"
)

// webAuth are the options of "twist web" that concern logins.
type webAuth struct {
	checkers strcred.Options
	realm    string
}

var (
	passwordKind = reflect.TypeFor[cred.UsernamePassword]()
	digestKind   = reflect.TypeFor[*digest.Credentials]()
)

func (a *webAuth) declare(o *usage.Options) {
	a.checkers = strcred.Options{Supported: []reflect.Type{passwordKind, reflect.TypeFor[cred.UsernameHashedPassword](), digestKind}, Warnings: os.Stderr}
	a.checkers.Declare(o)
	o.String(&a.realm, "realm", "", "what users are told that they log in to").Default = "twist"
}

// check finds options that do not go together.
func (a *webAuth) check(o *usage.Options) error {
	for opt := range o.Each() {
		if opt.Given() && opt.Long == "realm" && len(a.checkers.Checkers()) == 0 {
			return usage.Errorf("--realm", "is for --auth, which is not there")
		}
	}
	return nil
}

// protect puts a login in front of res, if there is --auth.
func (a *webAuth) protect(env *app.Env, res web.Resource) (web.Resource, error) {
	if len(a.checkers.Checkers()) == 0 {
		return res, nil
	}
	realm := cmp.Or(a.realm, "twist")
	var (
		checkers  []cred.AnyChecker
		schemes   []httpauth.Scheme
		passwords []cred.Checker[cred.UsernamePassword]
	)
	for _, c := range a.checkers.CheckersFor(passwordKind) {
		passwords = append(passwords, cred.CheckerFunc[cred.UsernamePassword](func(loop protocol.Loop, creds cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
			return c.RequestAvatarID(loop, creds)
		}))
	}
	if digests := a.checkers.CheckersFor(digestKind); len(digests) > 0 {
		checkers = append(checkers, digests...)
		schemes = append(schemes, &httpauth.Digest{Factory: digest.Factory{Realm: realm}})
	}
	checkers = append(checkers, cred.Any(httpauth.Remember(cred.Chain(passwords...), httpauth.RememberConfig{})))
	schemes = append(schemes, httpauth.Basic{Realm: realm})
	// Addresses are locked out, users are not: strangers who know a name could.
	g := guard.New(guard.Config{Failures: -1, Logger: slog.New(warnings{env.Log.Handler()})})
	return httpauth.Protect(res, httpauth.Config{Guard: g}, checkers, schemes...), nil
}

// warnings is a log without what is below that level: each request is a login, and has its line already.
type warnings struct{ slog.Handler }

// Enabled reports whether the level is that of a warning, or above.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs returns one with attributes.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup returns one with a group.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
