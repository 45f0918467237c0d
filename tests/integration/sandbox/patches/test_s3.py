from uuid import uuid4

from sandbox.server.process import Server


def test_object_of_multipart_upload_keeps_its_tags(server: Server) -> None:
    s3, target = server.client("s3"), {"Bucket": f"parts-{uuid4()}", "Key": "k"}
    s3.create_bucket(Bucket=target["Bucket"])
    s3.put_bucket_versioning(Bucket=target["Bucket"], VersioningConfiguration={"Status": "Enabled"})
    upload_id = s3.create_multipart_upload(**target, Tagging="Owner=platform&Empty=")["UploadId"]
    part = s3.upload_part(**target, UploadId=upload_id, PartNumber=1, Body=b"x")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(**target, UploadId=upload_id, MultipartUpload={"Parts": parts})
    tags = s3.get_object_tagging(**target)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Owner": "platform", "Empty": ""}
