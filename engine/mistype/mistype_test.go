package mistype

import "testing"

var known = Known{
	Files:     []string{"memory-request-limit.yaml", "conf/game.properties"},
	Objects:   []string{"memory-demo", "memory-demo-2"},
	Resources: []string{"gmsacredentialspec"},
	Namespace: "mem-example",
}

func TestFind(t *testing.T) {
	for _, tt := range []struct {
		line string
		exit int
		want Mistake
	}{
		{"kubctl get pods", 127, Mistake{Program, "kubctl", "kubectl"}},
		{"kubeclt get pods", 127, Mistake{Program, "kubeclt", "kubectl"}},
		{"kubectl aply -f memory-request-limit.yaml", 1, Mistake{Command, "aply", "apply"}},
		{"kubectl --namespace=mem-example desribe pod x", 1, Mistake{Command, "desribe", "describe"}},
		{"kubectl -n mem-example gte pods", 1, Mistake{Command, "gte", "get"}},
		{"kubectl get pdos", 1, Mistake{Resource, "pdos", "pods"}},
		{"kubectl get pods,sevices", 1, Mistake{Resource, "sevices", "services"}},
		{"kubectl describe pdo/memory-demo", 1, Mistake{Resource, "pdo", "pod"}},
		{"kubectl get gmsacredentialspecc", 1, Mistake{Resource, "gmsacredentialspecc", "gmsacredentialspec"}},
		{"kubectl apply -f memory-reqest-limit.yaml --namespace=mem-example", 1, Mistake{File, "memory-reqest-limit.yaml", "memory-request-limit.yaml"}},
		{"kubectl apply --filename=memory-request-limit.yml", 1, Mistake{File, "memory-request-limit.yml", "memory-request-limit.yaml"}},
		{"kubectl get pod memory-dmeo --namespace=mem-example", 1, Mistake{Object, "memory-dmeo", "memory-demo"}},
		{"kubectl logs memroy-demo -n mem-example | grep x", 1, Mistake{Object, "memroy-demo", "memory-demo"}},
		{"kubectl get pod memory-demo-2", 1, Mistake{Namespace, "memory-demo-2", "mem-example"}},
		{"kubectl exec -it memory-demo -- sh", 1, Mistake{Namespace, "memory-demo", "mem-example"}},
		{"kubectl delete pod/memory-demo", 1, Mistake{Namespace, "memory-demo", "mem-example"}},
	} {
		if got, ok := Find(tt.line, tt.exit, known); !ok || got != tt.want {
			t.Errorf("%s: %+v, %t; want %+v", tt.line, got, ok, tt.want)
		}
	}
}

// What is right, what cannot be known and what failed for another reason is left
// alone.
func TestFindNothing(t *testing.T) {
	for line, exit := range map[string]int{
		"":                              1,
		"kubectl":                       1,
		"kubectl get pods":              0,
		"kubectl aply":                  0,
		"kubctl get pods":               1, // a program of that name was there
		"grep x":                        1,
		"kubectl get pods -A | grep zz": 1,
		"kubectl frobnicate":            1,
		"kubectl get widgets":           1,
		"kubectl get pods.v1.metrics.k8s.io -n x":               1,
		"kubectl get pod memory-demo --namespace=mem-example":   1, // it is not there yet
		"kubectl get pod $POD -n mem-example":                   1,
		"kubectl apply -f -":                                    1,
		"kubectl apply -f https://example.com/memory.yaml":      1,
		"kubectl apply -f memory-request-limit.yaml":            1,
		"kubectl apply -f conf/":                                1,
		"kubectl auth can-i use pods":                           1,
		"kubectl get pod something-else --namespace=elsewhere":  1,
		"kubectl exec memory-demo -n mem-example -- cat nofile": 1,
	} {
		if got, ok := Find(line, exit, known); ok {
			t.Errorf("%q: %+v", line, got)
		}
	}
}
