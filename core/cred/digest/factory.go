// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/torsion-go/torsion/core/cred"
)

// DefaultLifetime is how long a nonce holds. Twisted: CHALLENGE_LIFETIME_SECS.
const DefaultLifetime = 900 * time.Second

// DefaultMaxNonces is how many nonces are remembered.
const DefaultMaxNonces = 10_000

// ErrStale is matched for an answer to a nonce that no longer holds. The client is sent a new challenge, by [Factory.StaleChallenges], and need not ask its user again.
var ErrStale = errors.New("digest: stale nonce")

// A Factory makes challenges and reads the answers to them. Its fields are immutable after the first use; it must not be copied. Safe from any goroutine. Twisted:
// DigestCredentialFactory.
type Factory struct {
	// Realm is shown to the user, and is part of what is hashed.
	Realm string
	// Algorithms are offered in this order. None means SHA-256 and MD5: stored hashes HA1 are good for one algorithm only, and many clients know only MD5.
	Algorithms []Algorithm
	// Lifetime is how long a nonce holds. 0 means DefaultLifetime.
	Lifetime time.Duration
	// AllowWithoutQOP takes the answers of clients of RFC 2069 too, each nonce once.
	AllowWithoutQOP bool
	// UserByHash finds the name that a userhash stands for. nil means that the server does not offer to hide names.
	UserByHash func(a Algorithm, hash string) (username string, ok bool)
	// MaxNonces bounds how many nonces with a good answer are remembered; beyond that the oldest become stale. 0 means DefaultMaxNonces.
	MaxNonces int
	// Now tells the time. nil means time.Now.
	Now func() time.Time

	start sync.Once
	key   []byte
	used  replays
}

func (f *Factory) init() {
	f.start.Do(func() {
		f.key = []byte(rand.Text())
		f.used.max = f.MaxNonces
		if f.used.max <= 0 {
			f.used.max = DefaultMaxNonces
		}
	})
}

func (f *Factory) now() time.Time {
	if f.Now != nil {
		return f.Now()
	}
	return time.Now()
}

func (f *Factory) lifetime() time.Duration {
	if f.Lifetime > 0 {
		return f.Lifetime
	}
	return DefaultLifetime
}

func (f *Factory) algorithms() []Algorithm {
	if len(f.Algorithms) == 0 {
		return []Algorithm{SHA256, MD5}
	}
	return f.Algorithms
}

// Challenges returns the values of the WWW-Authenticate headers for a client, one for each algorithm. client is its address without the port, or whatever stays the
// same from one request to the next. Twisted: getChallenge.
func (f *Factory) Challenges(client string) []string { return f.challenges(client, "") }

// StaleChallenges is Challenges with stale=true.
func (f *Factory) StaleChallenges(client string) []string {
	return f.challenges(client, ", stale=true")
}

func (f *Factory) challenges(client, more string) []string {
	f.init()
	if f.UserByHash != nil {
		more += ", userhash=true"
	}
	var all []string
	for _, a := range f.algorithms() {
		nonce := rand.Text()
		all = append(all, fmt.Sprintf(`Digest realm=%s, nonce="%s", opaque="%s", qop="auth", algorithm=%s, charset=UTF-8%s`,
			quote(f.Realm), nonce, f.opaque(nonce, client, f.now()), a, more))
	}
	return all
}

// opaque returns the time with a signature over it, the nonce and the client.
func (f *Factory) opaque(nonce, client string, t time.Time) string {
	at := strconv.FormatInt(t.UnixNano(), 36)
	h := hmac.New(sha256.New, f.key)
	fmt.Fprintf(h, "%q %q %s", nonce, client, at)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)) + "." + at
}

// issued returns when the nonce was made, if it was made here and for this client.
func (f *Factory) issued(nonce, opaque, client string) (time.Time, bool) {
	_, at, ok := strings.Cut(opaque, ".")
	n, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil {
		return time.Time{}, false
	}
	t := time.Unix(0, n)
	return t, hmac.Equal([]byte(f.opaque(nonce, client, t)), []byte(opaque))
}

// A Request is what an answer is for.
type Request struct {
	// Method is that of the request.
	Method string
	// URI is the request target, which the answer has to name. "" takes any, for protocols whose proxies change it.
	URI string
	// Client is what Challenges was given.
	Client string
}

// Decode reads the value of an Authorization header. Errors match ErrHeader, ErrStale or cred.ErrLoginFailed. Twisted: decode.
func (f *Factory) Decode(header string, r Request) (*Credentials, error) {
	f.init()
	p, err := ParseParams(header)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"username", "realm", "nonce", "uri", "response", "opaque"} {
		if p[key] == "" && !(key == "username" && p["username*"] != "") && key != "realm" {
			return nil, bad("no " + key)
		}
	}
	c := &Credentials{factory: f, p: p, method: r.Method}
	if err := f.checkForm(c, p, r); err != nil {
		return nil, err
	}
	at, ok := f.issued(p["nonce"], p["opaque"], r.Client)
	if !ok {
		return nil, fmt.Errorf("%w: digest: the nonce was not made here, or not for this client", cred.ErrLoginFailed)
	}
	if age := f.now().Sub(at); age > f.lifetime() || age < 0 {
		return nil, fmt.Errorf("%w: %v old", ErrStale, age)
	}
	c.issued = at
	if f.used.seen(p["nonce"], c.count, at) {
		return nil, fmt.Errorf("%w: its count has been used", ErrStale)
	}
	return c, nil
}

func (f *Factory) checkForm(c *Credentials, p map[string]string, r Request) error {
	a, known := lookup(p["algorithm"])
	offered := false
	for _, o := range f.algorithms() {
		offered = offered || o == a
	}
	switch {
	case !known || !offered:
		return bad("an algorithm that was not offered")
	case p["realm"] != f.Realm:
		return bad("another realm")
	case r.URI != "" && p["uri"] != r.URI:
		return bad("another uri than that of the request")
	}
	c.algorithm = a
	switch p["qop"] {
	case "auth":
		n, err := strconv.ParseUint(p["nc"], 16, 32)
		if err != nil || len(p["nc"]) != 8 || n == 0 || p["cnonce"] == "" {
			return bad("no count or no cnonce")
		}
		c.count = uint32(n)
	case "":
		if !f.AllowWithoutQOP || a.session() {
			return bad("no qop")
		}
		c.count = 1 << 31 // beyond what a client counts to: with it the nonce is used up
	default:
		return bad("a qop that was not offered")
	}
	return f.name(c, p)
}

// name finds whom the answer is for.
func (f *Factory) name(c *Credentials, p map[string]string) error {
	c.username = p["username"]
	if ext, ok := p["username*"]; ok {
		escaped, isUTF8 := strings.CutPrefix(strings.ToLower(ext[:min(len(ext), 7)]), "utf-8''")
		plain, err := url.PathUnescape(ext[min(len(ext), 7):])
		if !isUTF8 || escaped != "" || err != nil || !isPlain(plain) || p["username"] != "" || p["userhash"] == "true" {
			return bad("username*")
		}
		c.username = plain
	}
	if strings.EqualFold(p["userhash"], "true") {
		if f.UserByHash == nil {
			return bad("a userhash that was not offered")
		}
		name, ok := f.UserByHash(c.algorithm, strings.ToLower(c.username))
		if ok {
			c.username = name
		}
	}
	if c.username == "" {
		return bad("no username")
	}
	return nil
}

// isPlain reports whether s is UTF-8 without control characters.
func isPlain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
