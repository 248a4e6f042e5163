// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form_test

import (
	"fmt"
	"net/http"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/form"
	"github.com/torsion-go/torsion/web/webtest"
)

func Example() {
	upload := web.Methods{"POST": func(r *web.Request) {
		web.Later(r, form.Parse(r, form.Config{MaxSize: 1 << 30}), func(f *form.Form) {
			file := f.Files["photo"][0]
			fmt.Fprintf(r, "%s sent %s of %d bytes", f.Values.Get("name"), file.Name, file.Size)
		})
	}}
	res := webtest.Do(upload, webtest.Request{
		Method: "POST",
		Header: http.Header{"Content-Type": {"multipart/form-data; boundary=line"}},
		Body: "--line\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAnn\r\n" +
			"--line\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"me.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n...\r\n" +
			"--line--\r\n",
	})
	fmt.Println(res.Body)
	// Output:
	// Ann sent me.jpg of 3 bytes
}
