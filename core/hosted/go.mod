module github.com/torsion-go/torsion/core/hosted

go 1.26.0
