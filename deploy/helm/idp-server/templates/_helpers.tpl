{{- define "idp.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "idp.selector" -}}
app.kubernetes.io/name: idp-server
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "idp.labels" -}}
{{ include "idp.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "idp.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "idp.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "idp.name" .) -}}
{{- end -}}

{{- /* Whole seconds of a duration of idp.toml. */ -}}
{{- define "idp.seconds" -}}
{{- $number := regexFind "^[0-9]+" . | int -}}
{{- if hasSuffix "m" . }}{{ mul $number 60 }}{{ else }}{{ $number }}{{ end -}}
{{- end -}}

{{- /* What the chart knows of idp.toml, with what the values add; they win. */ -}}
{{- define "idp.config" -}}
{{- $config := dict
  "issuer" (dict "url" .Values.issuer)
  "listen" (dict "addresses" .Values.listenAddresses "drain_delay" .Values.drainDelay "shutdown_timeout" .Values.shutdownTimeout)
  "storage" (dict "data_dir" "/tmp/idp" "master_key_file" (printf "/etc/idp/secrets/%s" .Values.secrets.masterKey)
    "mounted_secrets" (list "/etc/idp/secrets"))
-}}
{{- if .Values.metrics.enabled -}}
{{- $addresses := list -}}
{{- range .Values.listenAddresses -}}
{{- $address := ternary (printf "[%s]" .) . (contains ":" .) -}}
{{- $addresses = append $addresses (printf "%s:%d" $address (int $.Values.metrics.port)) -}}
{{- end -}}
{{- $_ := set $config "metrics" (dict "listen" $addresses) -}}
{{- end -}}
{{ mergeOverwrite $config (deepCopy .Values.config) | toToml }}
{{- end -}}
