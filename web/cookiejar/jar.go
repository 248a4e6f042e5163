// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cookiejar

import (
	"cmp"
	"iter"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

const (
	maxLife      = 400 * 24 * time.Hour // RFC 6265bis section 5.5
	maxSize      = 4096                 // of name and value, in bytes
	maxAttribute = 1024                 // of an attribute's value
)

// A Config bounds a [Jar]. Zero fields mean their defaults.
type Config struct {
	// PublicSuffixes tells the domains under which anybody may register; nil means the list of golang.org/x/net/publicsuffix.
	PublicSuffixes cookiejar.PublicSuffixList
	// MaxPerSite bounds the cookies of a registrable domain with all that is below it; 0 means 180.
	MaxPerSite int
	// MaxTotal bounds all cookies; 0 means 3000.
	MaxTotal int
	// MaxHeader bounds the bytes of what [Jar.Header] returns: the cookies that do not fit are left out; 0 means 8190, which is what servers take.
	MaxHeader int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// A Jar keeps cookies. Make it by [New]. Safe from any goroutine.
type Jar struct {
	cfg Config

	mu     sync.Mutex
	sites  map[string]map[id]*cookie // by registrable domain; guarded by mu, as all that follows
	count  int
	serial uint64 // of what was added last
	stats  Stats
}

// Stats counts what a [Jar] did not keep.
type Stats struct {
	Refused int64 // cookies that were malformed, too large, or not the sender's to set
	Evicted int64 // cookies that went because there were too many
	Omitted int64 // cookies that were not sent because of MaxHeader
}

// An id is what makes a cookie the same as one that is there.
type id struct {
	name, domain, path string
	hostOnly           bool
}

// A cookie is one in the jar.
type cookie struct {
	Entry
	used   time.Time
	serial uint64 // tells what was made first
}

// An Entry is a cookie as the jar keeps it.
type Entry struct {
	Name, Value string
	Domain      string // lower case, without a leading dot
	HostOnly    bool   // Domain is a host, and those below it do not get the cookie
	Path        string
	Expires     time.Time // zero for a cookie of the session
	Secure      bool
	HTTPOnly    bool
	SameSite    http.SameSite // 0 if nothing was said
	Created     time.Time
}

func (e *Entry) id() id { return id{e.Name, e.Domain, e.Path, e.HostOnly} }

func (e *Entry) expired(now time.Time) bool { return !e.Expires.IsZero() && !e.Expires.After(now) }

// New returns an empty Jar.
func New(cfg Config) *Jar {
	if cfg.PublicSuffixes == nil {
		cfg.PublicSuffixes = publicsuffix.List
	}
	cfg.MaxPerSite = cmp.Or(max(cfg.MaxPerSite, 0), 180)
	cfg.MaxTotal = cmp.Or(max(cfg.MaxTotal, 0), 3000)
	cfg.MaxHeader = cmp.Or(max(cfg.MaxHeader, 0), 8190)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Jar{cfg: cfg, sites: make(map[string]map[id]*cookie)}
}

// Receive keeps the cookies of a response from u: the values of its Set-Cookie fields, in their order.
func (j *Jar) Receive(u *url.URL, setCookie iter.Seq[string]) {
	o, ok := originOf(u)
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.cfg.Now()
	for s := range setCookie {
		if n, parsed := parseSetCookie(s, now); !parsed || !ok || !j.receive(o, n, now) {
			j.stats.Refused++
		}
	}
}

// SetCookies keeps the cookies of a response from u. It makes the Jar an http.CookieJar; see [Jar.Receive].
func (j *Jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	o, ok := originOf(u)
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.cfg.Now()
	for _, c := range cookies {
		if n, parsed := fromHTTP(c, now); !parsed || !ok || !j.receive(o, n, now) {
			j.stats.Refused++
		}
	}
}

// Header returns the value of the field Cookie in a request for u, or "".
func (j *Jar) Header(u *url.URL) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var b strings.Builder
	for _, c := range j.match(u) {
		n := len(c.Name) + len(c.Value) + 3
		if b.Len()+n > j.cfg.MaxHeader {
			j.stats.Omitted++
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		if c.Name != "" {
			b.WriteString(c.Name)
			b.WriteByte('=')
		}
		b.WriteString(c.Value)
	}
	return b.String()
}

// Cookies returns the cookies for a request for u. It makes the Jar an http.CookieJar; see [Jar.Header], which bounds them.
func (j *Jar) Cookies(u *url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []*http.Cookie
	for _, c := range j.match(u) {
		value, quoted := c.Value, false
		if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
			value, quoted = value[1:len(value)-1], true
		}
		list = append(list, &http.Cookie{Name: c.Name, Value: value, Quoted: quoted})
	}
	return list
}

// match returns the cookies for u in the order in which they are sent, and marks them as used (RFC 6265bis section 5.8.3).
func (j *Jar) match(u *url.URL) []*cookie {
	o, ok := originOf(u)
	if !ok {
		return nil
	}
	now := j.cfg.Now()
	var list []*cookie
	for key, c := range j.sites[j.site(o.host)] {
		switch {
		case c.expired(now):
			j.remove(key, c)
		case c.HostOnly && c.Domain != o.host, !c.HostOnly && (!domainMatch(o.host, c.Domain) || j.isSuffix(c.Domain)):
		case !pathMatch(o.path, c.Path), c.Secure && !o.secure:
		default:
			c.used = now
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *cookie) int {
		return cmp.Or(cmp.Compare(len(b.Path), len(a.Path)), a.Created.Compare(b.Created), cmp.Compare(a.serial, b.serial))
	})
	return list
}

// All returns the cookies that have not expired, ordered by domain, path and name. What is added meanwhile is not among them.
func (j *Jar) All() iter.Seq[Entry] {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := j.sorted()
	return func(yield func(Entry) bool) {
		for _, c := range list {
			if !yield(c) {
				return
			}
		}
	}
}

func (j *Jar) sorted() []Entry {
	now := j.cfg.Now()
	list := make([]Entry, 0, j.count)
	for _, site := range j.sites {
		for _, c := range site {
			if !c.expired(now) {
				list = append(list, c.Entry)
			}
		}
	}
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.Domain, b.Domain), strings.Compare(a.Path, b.Path), strings.Compare(a.Name, b.Name), a.Created.Compare(b.Created))
	})
	return list
}

// Delete removes the cookies for which f returns true, and returns their number. f must not use the jar.
func (j *Jar) Delete(f func(Entry) bool) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, site := range j.sites {
		for key, c := range site {
			if f(c.Entry) {
				j.remove(key, c)
				n++
			}
		}
	}
	return n
}

// EndSession removes the cookies that have no time of expiry, as a browser does when it ends. A file keeps them, as those of curl do: call it after Load to be without them.
func (j *Jar) EndSession() { j.Delete(func(e Entry) bool { return e.Expires.IsZero() }) }

// Len returns the number of cookies, with those that have expired and were not looked at since.
func (j *Jar) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.count
}

// Stats returns the counters.
func (j *Jar) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.stats
}

var _ http.CookieJar = (*Jar)(nil)
