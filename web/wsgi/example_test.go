// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi_test

import (
	"fmt"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/wsgi"
)

// A Flask application with a site in front, as one application of services.
func ExampleNew() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	shop, err := wsgi.New(r, wsgi.Config{Application: "shop:create_app()", Workers: 4, Timeouts: wsgi.Timeouts{Request: 30 * time.Second}})
	if err != nil {
		fmt.Println(err)
		return
	}
	site, err := service.Listen(r, "tcp:8080", web.NewSite(shop, web.Config{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	app := service.NewMulti(r, service.MultiConfig{})
	app.Add("shop", shop)
	app.Add("site", site)
	for name := range app.All() {
		fmt.Println(name)
	}

	_, err = wsgi.New(r, wsgi.Config{Application: "../shop:app"})
	fmt.Println(err)
	// Output:
	// shop
	// site
	// wsgi: Config.Application is to be "module:name", "module:name()" or "module": it is "../shop:app"
}
