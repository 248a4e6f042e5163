// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cookiejar

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// receive keeps what o has sent (RFC 6265bis section 5.7), and reports whether it may be kept.
func (j *Jar) receive(o origin, n received, now time.Time) bool {
	e := n.Entry
	domain, ok := canonicalDomain(n.domain)
	if !ok {
		return false
	}
	if domain != "" && j.isSuffix(domain) {
		if domain != o.host {
			return false
		}
		domain = ""
	}
	if o.ip && domain == o.host {
		domain = ""
	}
	switch {
	case domain == "":
		e.Domain, e.HostOnly = o.host, true
	case o.ip || !domainMatch(o.host, domain):
		return false
	default:
		e.Domain = domain
	}
	if e.Path == "" {
		e.Path = o.defaultPath()
	}
	switch {
	case e.Secure && !o.secure:
		return false
	case !allowed(&e, n.explicitPath):
		return false
	case !o.secure && j.shadows(&e):
		return false
	}
	e.Created = now
	j.keep(e, now)
	return true
}

// allowed reports whether e obeys the rules of its prefix, and of SameSite.
func allowed(e *Entry, explicitPath bool) bool {
	switch {
	case e.Name == "" && e.Value == "", len(e.Name)+len(e.Value) > maxSize, hasControl(e.Name), hasControl(e.Value):
		return false
	case e.SameSite == http.SameSiteNoneMode && !e.Secure:
		return false
	case e.Name == "" && (prefixed(e.Value, "__Secure-") || prefixed(e.Value, "__Host-")):
		return false // it would be sent as if it had the prefix
	case prefixed(e.Name, "__Secure-"):
		return e.Secure
	case prefixed(e.Name, "__Host-"):
		return e.Secure && e.HostOnly && explicitPath && e.Path == "/"
	}
	return true
}

// shadows reports whether e, which is not from a secure origin, has the name of a secure cookie that is sent to the same place.
func (j *Jar) shadows(e *Entry) bool {
	for key, c := range j.sites[j.site(e.Domain)] {
		if key.name == e.Name && c.Secure && (domainMatch(c.Domain, e.Domain) || domainMatch(e.Domain, c.Domain)) && pathMatch(e.Path, c.Path) {
			return true
		}
	}
	return false
}

// keep puts e into the jar, in place of the one with the same id. One that has expired only removes that.
func (j *Jar) keep(e Entry, now time.Time) {
	name, key := j.site(e.Domain), e.id()
	old := j.sites[name][key]
	if old != nil {
		e.Created = old.Created
		j.remove(key, old)
	}
	if e.expired(now) {
		return
	}
	j.serial++
	c := &cookie{Entry: e, used: now, serial: j.serial}
	if old != nil {
		c.serial = old.serial
	}
	site := j.sites[name]
	if site == nil {
		site = make(map[id]*cookie)
		j.sites[name] = site
	}
	site[key] = c
	j.count++
	j.bound(name, now)
}

// remove takes c out of the jar.
func (j *Jar) remove(key id, c *cookie) {
	name := j.site(c.Domain)
	delete(j.sites[name], key)
	j.count--
	if len(j.sites[name]) == 0 {
		delete(j.sites, name)
	}
}

// bound evicts what is too much, a tenth of the bound at a time, so that the work is bounded too.
func (j *Jar) bound(name string, now time.Time) {
	if most := j.cfg.MaxPerSite; len(j.sites[name]) > most {
		j.evict(appendCookies(nil, j.sites[name]), len(j.sites[name])-most+most/10, now)
	}
	if most := j.cfg.MaxTotal; j.count > most {
		all := make([]*cookie, 0, j.count)
		for _, site := range j.sites {
			all = appendCookies(all, site)
		}
		j.evict(all, j.count-most+most/10, now)
	}
}

func appendCookies(list []*cookie, site map[id]*cookie) []*cookie {
	for _, c := range site {
		list = append(list, c)
	}
	return list
}

// evict removes n of the cookies (RFC 6265bis section 5.7): those that have expired, then those that are not secure, and of these the one first that was not used for the longest
// time.
func (j *Jar) evict(list []*cookie, n int, now time.Time) {
	rank := func(c *cookie) int {
		switch {
		case c.expired(now):
			return 0
		case !c.Secure:
			return 1
		}
		return 2
	}
	slices.SortFunc(list, func(a, b *cookie) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.used.Compare(b.used), cmp.Compare(a.serial, b.serial))
	})
	for _, c := range list[:n] {
		if !c.expired(now) {
			j.stats.Evicted++
		}
		j.remove(c.id(), c)
	}
}

func prefixed(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
