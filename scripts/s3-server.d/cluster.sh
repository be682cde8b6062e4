# Sourced by s3-server: the cluster's configuration, its users, and how it is started.

# Test keys: they open nothing but a store in memory on loopback.
access_key=AKIARECORDERTEST0001 secret_key=recorder/secret+0123456789abcdefghijklmn
other_access_key=AKIAOTHERUSERTEST002 other_secret_key=otheruser/secret+0123456789abcdefghijklm
throttled_access_key=AKIATHROTTLEDTEST003 throttled_secret_key=throttled/secret+0123456789abcdefghijkl
quota_access_key=AKIAQUOTALIMITED0004 quota_secret_key=quotalimit/secret+0123456789abcdefghijkl

# A small certificate authority and one server certificate, kept between starts.
make_certificates() {
    local tls=$home/tls
    [[ ! -s $tls/server.crt ]] || return 0
    mkdir -p "$tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=s3-server test CA" \
        -keyout "$tls/ca.key" -out "$tls/ca.crt" \
        -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$tls/server.key" -out "$tls/server.csr" 2>/dev/null
    openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.crt" -CAkey "$tls/ca.key" -CAcreateserial -days 3650 \
        -out "$tls/server.crt" -extfile <(
            printf 'subjectAltName=DNS:localhost,DNS:s3.localhost,DNS:*.s3.localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n'
        ) 2>/dev/null
}

write_configuration() {
    local port=$1
    mkdir -p "$data"/{mon,osd,run,rgw,log}
    cp "$home"/tls/server.{crt,key} "$root/scripts/s3-server.d/keystub.py" "$data/"
    printf token >"$data/vault.token"
    chmod 600 "$data/vault.token"
    cat >"$data/ceph.conf" <<X
[global]
fsid = $fsid
mon_host = v2:127.0.0.1:$((port + 2))/0
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
ms_bind_ipv4 = true
ms_bind_ipv6 = false
ms_bind_port_min = $((port + 4))
ms_bind_port_max = $((port + 9))
# Inside the cluster, on loopback, nobody has to prove who they are and nothing is encrypted.
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_mon_service_mode = crc
ms_mon_cluster_mode = crc
ms_client_mode = crc
ms_service_mode = crc
ms_cluster_mode = crc
run_dir = $inside/run
admin_socket = $inside/run/\$name.asok
log_file = $inside/log/\$name.log
crash_dir = $inside/log
mon_allow_pool_size_one = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
[mon]
mon_data = $inside/mon
mon_cluster_log_file = $inside/log/cluster.log
mon_data_avail_warn = 1
mon_data_avail_crit = 1
mon_max_pg_per_osd = 1000
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
[osd]
osd_data = $inside/osd
osd_objectstore = memstore
memstore_device_bytes = ${S3_SERVER_MEMORY:-4294967296}
osd_memory_target = 939524096
osd_class_load_list = *
osd_class_default_list = *
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 1
[client]
rgw_data = $inside/rgw
rgw_frontends = beast endpoint=127.0.0.1:$port ssl_endpoint=127.0.0.1:$((port + 1)) ssl_certificate=$inside/server.crt ssl_private_key=$inside/server.key
rgw_dns_name = s3.localhost
rgw_rados_pool_pg_num_min = 1
rgw_thread_pool_size = 64
rgw_enable_usage_log = false
# What was deleted leaves the memory soon.
rgw_gc_obj_min_wait = 5
rgw_gc_processor_period = 10
rgw_gc_processor_max_time = 10
rgw_user_quota_bucket_sync_interval = 1
rgw_bucket_quota_ttl = 1
# SSE-KMS with two fixed keys; SSE-S3 through the key stub.
rgw_crypt_require_ssl = false
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo= testkey-2=aWIKTWFrZWZpbGUKbWFuCm91dApzcmMKVGVzdGluZwo=
rgw_crypt_sse_s3_backend = vault
rgw_crypt_sse_s3_vault_addr = http://127.0.0.1:$((port + 3))
rgw_crypt_sse_s3_vault_auth = token
rgw_crypt_sse_s3_vault_token_file = $inside/vault.token
rgw_crypt_sse_s3_vault_secret_engine = transit
rgw_crypt_sse_s3_vault_prefix = /v1/transit
# Sessions of a second, so that their expiry can be tested. Users before sessions, else a wrong key reads as AccessDenied.
rgw_s3_auth_use_sts = true
rgw_s3_auth_order = local, external, sts
rgw_sts_key = 0123456789abcdef
rgw_sts_min_session_duration = 1
${S3_SERVER_DAY_SECONDS:+rgw_lc_debug_interval = $S3_SERVER_DAY_SECONDS}
X
}

admin() { in_root radosgw-admin "$@" >>"$logs/admin.out" 2>&1 || fail "radosgw-admin $1 $2 failed, see $logs/admin.out"; }

add_user() { admin user create --uid="$1" --display-name="$1" --access-key="$2" --secret-key="$3"; }

add_users() {
    add_user recorder "$access_key" "$secret_key"
    add_user other "$other_access_key" "$other_secret_key"
    add_user throttled "$throttled_access_key" "$throttled_secret_key"
    admin ratelimit set --ratelimit-scope=user --uid=throttled --max-write-ops=5
    admin ratelimit enable --ratelimit-scope=user --uid=throttled
    add_user quota "$quota_access_key" "$quota_secret_key"
    admin quota set --quota-scope=bucket --uid=quota --max-size=1M
    admin quota enable --quota-scope=bucket --uid=quota
    admin role create --role-name=recorder-role '--assume-role-policy-doc={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/recorder"]},"Action":["sts:AssumeRole"]}]}'
    admin role-policy put --role-name=recorder-role --policy-name=all '--policy-doc={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["arn:aws:s3:::*"]}]}'
    admin zonegroup placement add --rgw-zonegroup=default --placement-id=default-placement --storage-class=STANDARD_IA
    admin zone placement add --rgw-zone=default --placement-id=default-placement --storage-class=STANDARD_IA --data-pool=default.rgw.buckets.data
}

await_answer() {
    local port=$1 i
    for ((i = 0; i < 300; i++)); do
        curl -sf -o /dev/null "http://127.0.0.1:$port/" &&
            curl -sf -o /dev/null --cacert "$home/tls/ca.crt" "https://127.0.0.1:$((port + 1))/" && return
        alive rgw || fail "radosgw ended, see $logs"
        sleep 0.1
    done
    fail "no answer on port $port after 30 s, see $logs"
}

start_cluster() {
    local port began=$SECONDS fsid osd
    port=$(<"$state/port")
    fsid=$(</proc/sys/kernel/random/uuid)
    osd=$(</proc/sys/kernel/random/uuid)
    rm -f "$logs"/*.out
    make_certificates
    write_configuration "$port"
    in_root monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$((port + 2))/0]" "$inside/monmap" >"$logs/mkfs.out" 2>&1
    in_root ceph-mon --mkfs -i a --monmap "$inside/monmap" >>"$logs/mkfs.out" 2>&1
    launch mon ceph-mon -f -i a
    in_root timeout 30 ceph osd new "$osd" >>"$logs/mkfs.out" 2>&1 || fail "the monitor does not answer, see $logs"
    in_root ceph-osd -i 0 --mkfs --osd-uuid "$osd" >>"$logs/mkfs.out" 2>&1
    launch osd ceph-osd -f -i 0
    launch keystub python3 "$inside/keystub.py" $((port + 3))
    add_users
    launch rgw radosgw -f -n client.rgw
    await_answer "$port"
    say "s3-server: $(in_root radosgw --version | cut -d' ' -f1-3), ready in $((SECONDS - began)) s"
}

print_env() {
    local port
    port=$(cat "$state/port" 2>/dev/null) || fail "not started yet"
    cat <<X
export S3_ENDPOINT=http://127.0.0.1:$port
export S3_ENDPOINT_TLS=https://127.0.0.1:$((port + 1))
export S3_CA_FILE=$home/tls/ca.crt
export S3_REGION=us-east-1
export S3_ACCESS_KEY=$access_key S3_SECRET_KEY=$secret_key
export S3_OTHER_ACCESS_KEY=$other_access_key S3_OTHER_SECRET_KEY=$other_secret_key
export S3_THROTTLED_ACCESS_KEY=$throttled_access_key S3_THROTTLED_SECRET_KEY=$throttled_secret_key
export S3_QUOTA_ACCESS_KEY=$quota_access_key S3_QUOTA_SECRET_KEY=$quota_secret_key
export S3_KMS_KEY=testkey-1
export S3_ROLE_ARN=arn:aws:iam:::role/recorder-role
X
}
