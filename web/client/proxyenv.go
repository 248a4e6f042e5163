// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// ProxyFromEnvironment reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, or the same in lower case, which count first, and returns a function for Config.Proxy. HTTP_PROXY is for http URLs,
// HTTPS_PROXY for https, ALL_PROXY for those of them that are not there. Each is the URL of a proxy, or HOST:PORT of an HTTP proxy. NO_PROXY lists hosts, domains, addresses and networks that
// are reached without one, "*" for all; localhost and loopback addresses are too. What is no URL of a proxy fails the requests that it is for. It does not see later changes.
//
// In a CGI program, where REQUEST_METHOD is set, HTTP_PROXY fails the requests that it would be for: there a client's field Proxy becomes a variable of that name ("httpoxy").
func ProxyFromEnvironment() func(u *url.URL) (*url.URL, error) {
	cfg := httpproxy.FromEnvironment()
	all := os.Getenv("all_proxy")
	if all == "" {
		all = os.Getenv("ALL_PROXY")
	}
	if cfg.HTTPProxy == "" {
		cfg.HTTPProxy, cfg.CGI = all, false // no field has that name
	}
	if cfg.HTTPSProxy == "" {
		cfg.HTTPSProxy = all
	}
	errs := map[string]error{"http": checkProxy("HTTP_PROXY", &cfg.HTTPProxy), "https": checkProxy("HTTPS_PROXY", &cfg.HTTPSProxy)}
	choose := cfg.ProxyFunc()
	return func(u *url.URL) (*url.URL, error) {
		proxy, err := choose(u)
		if proxy != nil && errs[u.Scheme] != nil {
			return nil, errs[u.Scheme]
		}
		return proxy, err
	}
}

// checkProxy tells what is wrong with the URL of a proxy, and puts one in its place that is well-formed: package httpproxy drops those that are not, and requests would go without a proxy.
func checkProxy(name string, text *string) error {
	if *text == "" {
		return nil
	}
	s := *text
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err == nil {
		_, err = proxyOrigin(u)
	} else {
		err = errProxyURL // err would tell the password
	}
	if err != nil {
		*text = "http://proxy.invalid"
		return fmt.Errorf("%s, or ALL_PROXY in its place: %w", name, err)
	}
	*text = u.String()
	return nil
}
