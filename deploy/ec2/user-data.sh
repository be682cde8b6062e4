#!/bin/sh
# User data of a launch template for Linux: installs Session Recorder at the instance's first start. Complete the first two
# lines; the instance's role needs s3:GetObject for what lies there. The image has the AWS CLI and ffmpeg.
set -eu
files="s3://YOUR-BUCKET/session-recorder"   # session-recorder-0.1.0-linux-x64.tar.gz, recorder.json, install.sh
region="eu-central-1"

folder=$(mktemp -d /var/tmp/session-recorder-setup.XXXXXX)
trap 'rm -rf "$folder"' EXIT
for file in session-recorder-0.1.0-linux-x64.tar.gz recorder.json install.sh; do
    aws s3 cp --region "$region" --only-show-errors "$files/$file" "$folder/$file"
done
sh "$folder/install.sh" ec2 "$folder/session-recorder-0.1.0-linux-x64.tar.gz" "$folder/recorder.json"
/opt/session-recorder/session-recorder doctor || true
