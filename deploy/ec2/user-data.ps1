<powershell>
# User data of a launch template for Windows: installs Session Recorder at the instance's first start. Complete the first two
# lines; the instance's role needs s3:GetObject for what lies there. The image has the AWS Tools for PowerShell and ffmpeg.
$bucket = 'YOUR-BUCKET'; $prefix = 'session-recorder'   # session-recorder-0.1.0-win-x64.zip, recorder.json, install.ps1
$ffmpeg = 'C:\Program Files\ffmpeg\bin\ffmpeg.exe'

$ErrorActionPreference = 'Stop'
$folder = Join-Path $env:ProgramFiles 'SessionRecorder-setup'
New-Item -ItemType Directory -Force -Path $folder | Out-Null
foreach ($file in 'session-recorder-0.1.0-win-x64.zip', 'recorder.json', 'install.ps1') {
    Read-S3Object -BucketName $bucket -Key "$prefix/$file" -File (Join-Path $folder $file) | Out-Null
}
& (Join-Path $folder 'install.ps1') -Platform ec2 -Archive (Join-Path $folder 'session-recorder-0.1.0-win-x64.zip') `
    -Configuration (Join-Path $folder 'recorder.json') -Ffmpeg $ffmpeg -Service
Remove-Item -LiteralPath $folder -Recurse -Force
</powershell>
