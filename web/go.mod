module github.com/torsion-go/torsion/web

go 1.26.0
