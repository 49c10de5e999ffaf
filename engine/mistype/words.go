package mistype

import "strings"

// commands are kubectl's.
var commands = strings.Fields(`
	annotate api-resources api-versions apply attach auth autoscale certificate cluster-info completion config cordon
	cp create debug delete describe diff drain edit events exec explain expose get help kustomize label logs options
	patch plugin port-forward proxy replace rollout run scale set taint top uncordon version wait`)

// onTypes are the commands that take a type and names; onPods those that take a
// Pod's name.
var (
	onTypes = strings.Fields("get describe delete edit label annotate patch scale explain expose autoscale wait top taint")
	onPods  = strings.Fields("logs exec attach port-forward debug cp")
)

// valued are the flags that take the next word as their value.
var valued = strings.Fields(`
	-f --filename -n --namespace -o --output -l --selector -c --container -k --kustomize -p --patch --context
	--kubeconfig --for --timeout --type --subresource --field-selector --image --port --name --from-file
	--from-literal --from-env-file --as --sort-by`)

// resources are the types that every cluster has, as they can be typed; of equals
// the commoner stands first.
var resources = strings.Fields(`
	pods pod po services service svc nodes node no namespaces namespace ns events event ev deployments deployment deploy
	configmaps configmap cm secrets secret replicasets replicaset rs daemonsets daemonset ds statefulsets statefulset sts
	jobs job cronjobs cronjob cj endpoints ep endpointslices endpointslice ingresses ingress ing
	persistentvolumes persistentvolume pv persistentvolumeclaims persistentvolumeclaim pvc storageclasses storageclass sc
	serviceaccounts serviceaccount sa roles role rolebindings rolebinding clusterroles clusterrole
	clusterrolebindings clusterrolebinding limitranges limitrange limits resourcequotas resourcequota quota
	apiservices apiservice customresourcedefinitions customresourcedefinition crd crds priorityclasses priorityclass pc
	runtimeclasses runtimeclass poddisruptionbudgets poddisruptionbudget pdb horizontalpodautoscalers hpa
	networkpolicies networkpolicy netpol leases lease componentstatuses cs replicationcontrollers rc
	mutatingwebhookconfigurations mutatingwebhookconfiguration validatingwebhookconfigurations
	validatingwebhookconfiguration certificatesigningrequests csr controllerrevisions podtemplates csidrivers csinodes
	volumeattachments ingressclasses validatingadmissionpolicies all`)
